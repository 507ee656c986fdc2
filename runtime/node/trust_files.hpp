#pragma once
/// Directories and files of grid security as they are on disk now: whom to trust, and credentials.
/// What they mean is read by protocols/gsi.
///
/// Errors: `not_found` and `storage` with the path, `denied` for a credential that others could
/// read or have put there, `malformed`.
#include "protocols/base/result.hpp"
#include "protocols/gsi/proxy.hpp"
#include "protocols/gsi/trust_anchors.hpp"
#include "protocols/gsi/vomsdir.hpp"

#include <string>

namespace trellis {

/// A hash-link directory such as /etc/grid-security/certificates. Symbolic links are followed; a
/// file that cannot be read is among the problems.
result<gsi::trust_anchors::loaded> load_trust_anchors(const std::string& directory,
                                                      gsi::trust_settings settings);

/// A vomsdir such as /etc/grid-security/vomsdir and the directories of VOs in it.
result<gsi::vomsdir::loaded> load_vomsdir(const std::string& directory);

/// A proxy file. It must be a file itself, not a link, belong to this user, and be closed to all
/// others: its name in /tmp can be guessed.
result<gsi::credential> load_credential(const std::string& path);

/// Writes a proxy file, mode 0600, over an old one.
result<done> save_credential(const std::string& path, const gsi::credential& x);

} // namespace trellis
