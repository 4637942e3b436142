#include "runtime/admission.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/shard.h"

namespace nacre::runtime {

admission::role_share admission::share_of(const account* whose) const {
    const auto found = _roles.find(whose);
    return found == _roles.end() ? role_share() : found->second;
}

bool admission::has_place_for(const account* whose) const {
    if (inside() >= _limits.places) return false;
    return whose == nullptr || share_of(whose).inside < _limits.places_per_role;
}

std::optional<std::string> admission::full_for(const account* whose) const {
    if (whose != nullptr) {
        const auto share = share_of(whose);
        if (share.waiting >= _limits.waiting_per_role_max) {
            return fmt::format("Too many {}: role {} has {} running and {} waiting on this shard",
                               _what, whose->role, share.inside, share.waiting);
        }
    }
    if (_waiters.size() < _limits.waiting_max) return std::nullopt;
    return fmt::format("Too many {}: {} are running and {} waiting on this shard", _what, inside(),
                       _waiters.size());
}

void admission::change(const account* whose, std::int32_t inside, std::int32_t waiting) {
    _inside.fetch_add(static_cast<std::uint64_t>(std::int64_t{inside}), std::memory_order_relaxed);
    _waiting_count.fetch_add(static_cast<std::uint64_t>(std::int64_t{waiting}),
                             std::memory_order_relaxed);
    if (whose == nullptr) return;
    auto& share = _roles[whose];
    share.inside += static_cast<std::uint32_t>(inside);
    share.waiting += static_cast<std::uint32_t>(waiting);
    if (share.inside == 0 && share.waiting == 0) _roles.erase(whose);
}

task<result<admission::place>> admission::enter(cancellation_ptr until) {
    const auto whose = current_work();
    const auto role = whose.account;
    // Where there is a place, only those wait whose role may not have it.
    if (has_place_for(role.get()) && share_of(role.get()).waiting == 0) {
        change(role.get(), 1, 0);
        co_return place(*this, role);
    }
    if (const auto full = full_for(role.get())) {
        _refused.fetch_add(1, std::memory_order_relaxed);
        co_return error(error_code::overloaded, *full);
    }
    waiter mine{boost::asio::steady_timer(co_await boost::asio::this_coro::executor), role};
    const auto at = _waiters.insert(_waiters.end(), &mine);
    change(role.get(), 0, 1);
    status may_wait;
    while (!mine.admitted && may_wait) {
        mine.timer.expires_after(look_every);
        boost::system::error_code cancelled;
        co_await mine.timer.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
        if (until) may_wait = until->check();
    }
    if (!mine.admitted) {
        _waiters.erase(at);
        change(role.get(), 0, -1);
    } else if (!may_wait) {
        // Given up in the very turn in which there was a place: the next one gets it.
        leave(role.get());
    }
    co_await come_back(whose);
    if (!may_wait) co_return std::move(may_wait).error();
    co_return place(*this, role);
}

void admission::leave(const account* whose) {
    change(whose, -1, 0);
    admit_waiters();
}

// In their order, but for those whose role has all the places that it may have.
void admission::admit_waiters() {
    for (auto next = _waiters.begin(); next != _waiters.end() && inside() < _limits.places;) {
        auto* const one = *next;
        if (!has_place_for(one->whose.get())) {
            ++next;
            continue;
        }
        next = _waiters.erase(next);
        change(one->whose.get(), 1, -1);
        one->admitted = true;
        one->timer.cancel();
    }
}

}  // namespace nacre::runtime
