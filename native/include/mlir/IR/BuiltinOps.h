// Stand-in for the header of MLIR, which the wheel that brings XLA does not hold. The `xla` crate
// needs these names for one function, printing StableHLO, which reports an error in this build
// (see xla/hlo/translate/stablehlo.h beside this folder).
#ifndef COTANGENT_MLIR_IR_BUILTINOPS_H_
#define COTANGENT_MLIR_IR_BUILTINOPS_H_

namespace mlir {

class Operation;
class MLIRContext {};
class DialectRegistry {};

class ModuleOp {
 public:
  template <typename Stream>
  void print(Stream&) {}

 private:
  Operation* operation_ = nullptr;
};

template <typename Op>
class OwningOpRef {
 public:
  Op* operator->() { return &op_; }

 private:
  Op op_;
};

}  // namespace mlir

#endif  // COTANGENT_MLIR_IR_BUILTINOPS_H_
