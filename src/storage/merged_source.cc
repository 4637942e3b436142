#include "storage/merged_source.h"

#include <utility>

#include "storage/row_codec.h"

namespace nacre::storage {

merged_source::merged_source(std::vector<std::unique_ptr<entry_source>> tiers)
    : _tiers(std::move(tiers)), _at_current(_tiers.size()) {}

void merged_source::seek(bytes_view target) {
    _course = course::forward;
    for (auto& tier : _tiers) tier->seek(target);
    settle();
}

void merged_source::seek_for_prev(bytes_view target) {
    _course = course::backward;
    for (auto& tier : _tiers) tier->seek_for_prev(target);
    settle();
}

void merged_source::next() {
    if (_course != course::forward) turn(course::forward);
    for (std::size_t i = 0; i < _tiers.size(); ++i) {
        if (_at_current[i] != 0) _tiers[i]->next();
    }
    settle();
}

void merged_source::prev() {
    if (_course != course::backward) turn(course::backward);
    for (std::size_t i = 0; i < _tiers.size(); ++i) {
        if (_at_current[i] != 0) _tiers[i]->prev();
    }
    settle();
}

// After a change of direction the tiers that do not hold the current key stand on its wrong side.
// Those that would block are left so: unblock() completes them before anybody looks.
void merged_source::turn(course way) {
    _course = way;
    for (std::size_t i = 0; i < _tiers.size(); ++i) {
        if (_at_current[i] != 0) continue;
        if (way == course::forward) {
            _tiers[i]->seek(_current);
        } else {
            _tiers[i]->seek_for_prev(_current);
        }
    }
}

void merged_source::unblock() {
    for (auto& tier : _tiers) {
        if (tier->where() == state::blocked) tier->unblock();
    }
    settle();
}

void merged_source::settle() {
    const entry_source* first = nullptr;
    for (const auto& tier : _tiers) {
        if (tier->where() == state::blocked || tier->where() == state::failed) {
            _where = tier->where();
            return;
        }
        if (tier->where() != state::at_entry) continue;
        const bool precedes =
            first == nullptr ||
            (_course == course::forward ? tier->key() < first->key() : tier->key() > first->key());
        if (precedes) first = tier.get();
    }
    if (first == nullptr) {
        _where = state::at_end;
        return;
    }
    _current.assign(first->key());
    _key = _current;
    _where = state::at_entry;
    reconcile_current();
}

void merged_source::reconcile_current() {
    std::vector<bytes_view> values;
    for (std::size_t i = 0; i < _tiers.size(); ++i) {
        const auto& tier = *_tiers[i];
        const bool holds = tier.where() == state::at_entry && tier.key() == _key;
        _at_current[i] = holds ? 1 : 0;
        if (holds) values.push_back(tier.value());
    }
    if (values.size() == 1) {
        _value = values.front();
        return;
    }
    _reconciled.clear();
    _malformed = !merge_rows(values.data(), values.data() + values.size(), _reconciled);
    _value = _reconciled;
    if (_malformed) _where = state::failed;
}

error merged_source::failure() const {
    for (const auto& tier : _tiers) {
        if (tier->where() == state::failed) return tier->failure();
    }
    return server_error("A stored row is damaged");
}

}  // namespace nacre::storage
