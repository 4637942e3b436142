#pragma once

#include <memory>
#include <string>

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

}  // namespace nacre::runtime
