#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "auth/authority.h"
#include "auth/directory.h"
#include "auth/principal.h"
#include "runtime/shard.h"

namespace nacre::auth {

/// What every loop knows of the roles, and the principals that it has made of it: by role, when
/// they are needed.
class known_principals {
  public:
    explicit known_principals(runtime::shard_group& shards)
        : _shards(shards), _parts(shards.loops()) {}

    /// On any loop; null for a client that did not log in. Never suspends.
    [[nodiscard]] principal_ptr of(const login* who) {
        auto& part = here();
        if (who == nullptr) return part.anonymous;
        auto& known = part.by_role[who->role];
        if (!known) {
            known =
                std::make_shared<const principal>(who->role, part.known, part.what, who->account);
        }
        return known;
    }
    /// What this loop knows; null before the first publish().
    [[nodiscard]] const directory_ptr& directory_here() { return here().known; }

    /// Makes it what every loop knows.
    runtime::task<void> publish(directory_ptr next, principal::checks what) {
        co_await runtime::on_every_loop(_shards, [this, &next, what](std::uint32_t id) {
            return install(_parts[id], next, what);
        });
    }

  private:
    struct part {
        directory_ptr known;
        principal::checks what = principal::checks::none;
        principal_ptr anonymous;
        std::unordered_map<std::string, principal_ptr> by_role;
    };

    part& here() { return _parts[runtime::this_shard().id()]; }

    static runtime::task<void> install(part& part, directory_ptr next, principal::checks what) {
        part.known = std::move(next);
        part.what = what;
        part.anonymous = std::make_shared<const principal>(part.known, what);
        part.by_role.clear();
        co_return;
    }

    runtime::shard_group& _shards;
    std::vector<part> _parts;  ///< each touched by its loop alone
};

}  // namespace nacre::auth
