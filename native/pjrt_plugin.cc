// Loading of PJRT plugins (CUDA), for the XLA library taken from a Python wheel.
//
// That library keeps the functions of xla/pjrt/pjrt_api.h to itself, and with them the registry
// that its own GetCApiClient reads; it does export WrapClientAroundCApi. This file defines what
// the `xla` crate calls on top of that. The official xla_extension exports all of it, and there
// build.rs leaves this file out.

#include <dlfcn.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "xla/pjrt/c/pjrt_c_api.h"
#include "xla/pjrt/c_api_client/pjrt_c_api_client.h"
#include "xla/pjrt/pjrt_api.h"

namespace {

struct Plugin {
  const PJRT_Api* api = nullptr;
  bool initialized = false;
};

std::mutex mutex;  // Guards `Registry()`.

// Plugins by device type in lower case. Never destroyed: clients may outlive static objects.
std::map<std::string, Plugin>& Registry() {
  static auto* registry = new std::map<std::string, Plugin>();
  return *registry;
}

// The plugin of this device type. The caller holds `mutex`.
absl::StatusOr<Plugin*> Find(absl::string_view device_type) {
  auto found = Registry().find(absl::AsciiStrToLower(device_type));
  if (found == Registry().end()) {
    return absl::NotFoundError(absl::StrCat("no PJRT plugin is loaded for ", device_type));
  }
  return &found->second;
}

// The message of a PJRT error, which is destroyed.
absl::Status ToStatus(const PJRT_Api* api, PJRT_Error* error) {
  if (error == nullptr) return absl::OkStatus();
  PJRT_Error_Message_Args message = {};
  message.struct_size = PJRT_Error_Message_Args_STRUCT_SIZE;
  message.error = error;
  api->PJRT_Error_Message(&message);
  absl::Status status = absl::InternalError(absl::string_view(message.message, message.message_size));
  PJRT_Error_Destroy_Args destroy = {};
  destroy.struct_size = PJRT_Error_Destroy_Args_STRUCT_SIZE;
  destroy.error = error;
  api->PJRT_Error_Destroy(&destroy);
  return status;
}

}  // namespace

namespace pjrt {

absl::StatusOr<const PJRT_Api*> PjrtApi(absl::string_view device_type) {
  std::lock_guard<std::mutex> lock(mutex);
  absl::StatusOr<Plugin*> plugin = Find(device_type);
  if (!plugin.ok()) return plugin.status();
  return (*plugin)->api;
}

absl::StatusOr<const PJRT_Api*> LoadPjrtPlugin(absl::string_view device_type,
                                               absl::string_view library_path) {
  void* library = dlopen(std::string(library_path).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return absl::NotFoundError(absl::StrCat("cannot load the plugin: ", dlerror()));
  }
  auto get_api = reinterpret_cast<const PJRT_Api* (*)()>(dlsym(library, "GetPjrtApi"));
  if (get_api == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(library_path, " is no PJRT plugin: ", dlerror()));
  }
  const PJRT_Api* api = get_api();
  if (api == nullptr) {
    return absl::InternalError(absl::StrCat(library_path, ": GetPjrtApi returned nothing"));
  }
  std::lock_guard<std::mutex> lock(mutex);
  Registry()[absl::AsciiStrToLower(device_type)] = Plugin{api, false};
  return api;
}

absl::StatusOr<bool> IsPjrtPluginInitialized(absl::string_view device_type) {
  std::lock_guard<std::mutex> lock(mutex);
  absl::StatusOr<Plugin*> plugin = Find(device_type);
  if (!plugin.ok()) return plugin.status();
  return (*plugin)->initialized;
}

absl::Status InitializePjrtPlugin(absl::string_view device_type) {
  std::lock_guard<std::mutex> lock(mutex);
  absl::StatusOr<Plugin*> plugin = Find(device_type);
  if (!plugin.ok()) return plugin.status();
  PJRT_Plugin_Initialize_Args args = {};
  args.struct_size = PJRT_Plugin_Initialize_Args_STRUCT_SIZE;
  const PJRT_Api* api = (*plugin)->api;
  absl::Status status = ToStatus(api, api->PJRT_Plugin_Initialize(&args));
  (*plugin)->initialized = status.ok();
  return status;
}

}  // namespace pjrt

namespace xla {

absl::StatusOr<std::unique_ptr<PjRtClient>> GetCApiClient(
    absl::string_view device_type,
    const absl::flat_hash_map<std::string, PjRtValueType>& create_options,
    std::shared_ptr<KeyValueStoreInterface> kv_store) {
  absl::StatusOr<const PJRT_Api*> api = pjrt::PjrtApi(device_type);
  if (!api.ok()) return api.status();
  return WrapClientAroundCApi(*api, create_options, std::move(kv_store));
}

}  // namespace xla

namespace tensorflow {

// The library asks this when it is loaded and, if it says yes, writes a line about oneDNN to
// stderr. The question concerns TensorFlow's own kernels only, not XLA.
bool IsMklEnabled() { return false; }

}  // namespace tensorflow
