#pragma once
/// The sandboxes of a WMS: the files of each job, input and output apart. What lies on the disk
/// stands behind `sandbox_files`; in simulation that is a map. The actor only keeps slow disks
/// away from everybody else: it runs on its own thread where the node is real.
///
///   <wms.sandboxes>/<unique part of the job id>/input/<leaf name>
///   <wms.sandboxes>/<unique part of the job id>/output/<leaf name>
#include "protocols/names/job_id.hpp"
#include "protocols/sandbox/chunk.hpp"
#include "runtime/interfaces/base.hpp"
#include "runtime/node/context.hpp"

#include <map>
#include <memory>

namespace trellis::wms {

enum class side : std::uint8_t { input, output };

/// Errors: `not_found`, `storage` with the path, `malformed` for a name that is no leaf name or a
/// piece whose checksum is wrong.
class sandbox_files {
public:
  virtual ~sandbox_files() = default;

  /// Writes a piece at its offset; gives how much of the file is there, which is the offset to go
  /// on from. A piece that is there already, or that would leave a gap, writes nothing.
  virtual result<std::uint64_t> put(const job_id& job, side where, const std::string& file,
                                    const chunk& piece, bool executable)
      = 0;
  virtual result<chunk> get(const job_id& job, side where, const std::string& file,
                            std::uint64_t offset, std::uint32_t size)
      = 0;
  virtual result<std::vector<sandbox_file>> list(const job_id& job, side where) = 0;
  /// All files of this side survive a power cut after this.
  virtual result<done> sync(const job_id& job, side where) = 0;
  /// All files of the job, or only its output.
  virtual result<done> remove(const job_id& job, bool only_output) = 0;
};

/// Files below `directory`.
std::shared_ptr<sandbox_files> disk_sandboxes(const std::string& directory);
/// A map.
std::shared_ptr<sandbox_files> memory_sandboxes();

namespace sandbox {

struct put {
  using stays_at_home = void;
  job_id job;
  side where = side::input;
  std::string file;
  chunk piece;
  bool executable = false;
  std::uint64_t limit = 0; // bytes of all files of this side; more are `usage`. 0: none
};

struct have {
  using stays_at_home = void;
  std::uint64_t size = 0;
};

struct get {
  using stays_at_home = void;
  job_id job;
  side where = side::input;
  std::string file;
  std::uint64_t offset = 0;
  std::uint32_t size = chunk_limit_bytes;
};

struct list {
  using stays_at_home = void;
  job_id job;
  side where = side::input;
};

struct files {
  using stays_at_home = void;
  std::vector<sandbox_file> all;
};

struct sync {
  using stays_at_home = void;
  job_id job;
  side where = side::output;
};

struct synced {
  using stays_at_home = void;
};

struct remove {
  using stays_at_home = void;
  job_id job;
  bool only_output = false;
};

} // namespace sandbox

using sandbox_actor
    = caf::typed_actor<asked<sandbox::put, sandbox::have>, asked<sandbox::get, chunk>,
                       asked<sandbox::list, sandbox::files>, asked<sandbox::sync, sandbox::synced>,
                       told<sandbox::remove>>;

sandbox_actor::behavior_type sandbox_keeper(sandbox_actor::pointer self,
                                            std::shared_ptr<sandbox_files> files);

} // namespace trellis::wms
