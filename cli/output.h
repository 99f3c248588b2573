// A stream's buffer that knows why it could not be written.
//
//   OutputBuffer buffer(*std::cout.rdbuf());
//   std::ostream out(&buffer);
//   out << "text" << std::flush;
//   if (!out.good()) return std::strerror(buffer.error());
//
// It holds nothing itself: all goes through at once. Used by one thread; `below` must outlive it.
#ifndef CLI_OUTPUT_H_
#define CLI_OUTPUT_H_

#include <streambuf>

namespace regulars::cli {

class OutputBuffer : public std::streambuf {
 public:
  explicit OutputBuffer(std::streambuf& below) : below_(below) {}

  // The errno of the first write that failed; 0 if none did, or for no reason that is known.
  int error() const { return error_; }

 protected:
  int_type overflow(int_type c) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int sync() override;

 private:
  void Fail();

  std::streambuf& below_;
  int error_ = 0;
};

}  // namespace regulars::cli

#endif  // CLI_OUTPUT_H_
