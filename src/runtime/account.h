#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace nacre::runtime {

/// What all requests of one role share, whatever connection and shard they are on. One for each
/// role that has logged in, for as long as the process lives: what is known of the role may
/// change, the account stays.
struct account {
    explicit account(std::string name) : role(std::move(name)) {}
    account(const account&) = delete;

    const std::string role;
};
/// Null: nobody had to log in.
using account_ptr = std::shared_ptr<account>;

/// The accounts of a process. One shard.
class accounts {
  public:
    [[nodiscard]] account_ptr of(const std::string& role) {
        auto& found = _by_role[role];
        if (!found) found = std::make_shared<account>(role);
        return found;
    }

  private:
    std::unordered_map<std::string, account_ptr> _by_role;
};

}  // namespace nacre::runtime
