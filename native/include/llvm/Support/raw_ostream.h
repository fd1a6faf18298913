// Stand-in for the header of LLVM; see mlir/IR/BuiltinOps.h.
#ifndef COTANGENT_LLVM_SUPPORT_RAW_OSTREAM_H_
#define COTANGENT_LLVM_SUPPORT_RAW_OSTREAM_H_

#include <string>

namespace llvm {

class raw_string_ostream {
 public:
  explicit raw_string_ostream(std::string&) {}
  void flush() {}
};

}  // namespace llvm

#endif  // COTANGENT_LLVM_SUPPORT_RAW_OSTREAM_H_
