// Stand-in for XLA's header: the library that the wheel brings does not export the translation.
#ifndef COTANGENT_XLA_HLO_TRANSLATE_STABLEHLO_H_
#define COTANGENT_XLA_HLO_TRANSLATE_STABLEHLO_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mlir/IR/BuiltinOps.h"
#include "xla/service/hlo.pb.h"

namespace xla {

inline absl::StatusOr<mlir::OwningOpRef<mlir::ModuleOp>> ConvertHloToStablehlo(
    mlir::MLIRContext&, const HloModuleProto*) {
  return absl::UnimplementedError(
      "this build of XLA cannot print StableHLO; the official xla_extension can");
}

}  // namespace xla

#endif  // COTANGENT_XLA_HLO_TRANSLATE_STABLEHLO_H_
