// Stand-in; see BuiltinOps.h.
#include "mlir/IR/BuiltinOps.h"
