#include "cli/output.h"

#include <cerrno>

namespace regulars::cli {

OutputBuffer::int_type OutputBuffer::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
  errno = 0;
  const int_type written = below_.sputc(traits_type::to_char_type(c));
  if (traits_type::eq_int_type(written, traits_type::eof())) Fail();
  return written;
}

std::streamsize OutputBuffer::xsputn(const char* text, std::streamsize size) {
  errno = 0;
  const std::streamsize written = below_.sputn(text, size);
  if (written != size) Fail();
  return written;
}

int OutputBuffer::sync() {
  errno = 0;
  const int result = below_.pubsync();
  if (result != 0) Fail();
  return result;
}

void OutputBuffer::Fail() {
  if (error_ == 0) error_ = errno;
}

}  // namespace regulars::cli
