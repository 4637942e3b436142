#pragma once

#include <map>
#include <memory>
#include <string>

#include "auth/fair_turns.h"
#include "auth/keyed_digest.h"
#include "base/bytes.h"
#include "base/result.h"
#include "runtime/blocking_pool.h"
#include "runtime/single_flight.h"
#include "runtime/task.h"

namespace nacre::auth {

/// Checks and makes hashes of passwords on a thread of its own, of low priority. A password that
/// was right is known again, by a digest under a key of this process, so that the many connections
/// of a client cost one check. Attempts at the same time with the same password are one. Others
/// wait in a short line, in which every client address has its turn: whoever tries many passwords
/// waits for himself. One shard only.
class credential_checker {
  public:
    explicit credential_checker(std::uint32_t rounds_log2);

    /// Whether it is the password behind `hash`; without a hash it is not, and takes as long to
    /// find out. `source` is where the attempt comes from. The error is `overloaded`.
    [[nodiscard]] runtime::task<result<bool>> matches(std::string role, std::string password,
                                                      std::string hash, std::string source);
    /// Makes the hash of a new password, for somebody who comes from `source`.
    [[nodiscard]] runtime::task<result<std::string>> hash(std::string password, std::string source);

    /// Turns away all that wait, and all that come.
    void stop() { _turns.close(); }

    static constexpr std::size_t waiting_max = 512;
    static constexpr std::size_t waiting_per_source_max = 32;

  private:
    using key = std::pair<std::string, bytes>;  ///< the role, and a digest of password and hash

    [[nodiscard]] bytes digest_of(const std::string& password, const std::string& hash) const;
    [[nodiscard]] runtime::task<result<bool>> compare(const std::string& password,
                                                      const std::string& hash, std::string source);

    const std::uint32_t _rounds_log2;
    const keyed_digest _digests;
    std::string _decoy;  ///< a hash of nothing
    runtime::blocking_pool _thread{1, runtime::blocking_pool::priority::background};
    fair_turns _turns{{waiting_max, waiting_per_source_max}};
    std::map<std::string, bytes> _known;  ///< digests by role
    runtime::single_flight<key, result<bool>> _running;
};

}  // namespace nacre::auth
