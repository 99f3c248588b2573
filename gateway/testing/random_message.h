// Random messages of any type, for comparing codecs: every field set or not, special types with
// values that have a JSON form, text with all that JSON must escape. The same seed gives the same
// message.
#ifndef GATEWAY_TESTING_RANDOM_MESSAGE_H_
#define GATEWAY_TESTING_RANDOM_MESSAGE_H_

#include <google/protobuf/message.h>

#include <random>

namespace regulars::gateway {

class RandomMessage {
 public:
  explicit RandomMessage(uint32_t seed) : random_(seed) {}

  // Fills fields at random, messages inside messages up to `depth`.
  void Fill(google::protobuf::Message* message, int depth);

  std::string Text();

 private:
  using Field = google::protobuf::FieldDescriptor;
  using Message = google::protobuf::Message;

  uint32_t Below(uint32_t limit) { return random_() % limit; }
  int64_t Integer();
  double Real();
  void FillField(const Field* field, Message* message, int depth);
  void SetScalar(const Field* field, Message* message);
  // True if the type is one of those.
  bool FillSpecial(Message* message, int depth);
  void FillAny(Message* message, int depth);

  std::mt19937 random_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_TESTING_RANDOM_MESSAGE_H_
