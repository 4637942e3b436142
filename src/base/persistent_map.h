#pragma once

#include <compare>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace nacre {

/// An ordered map whose copies share what they have in common: copying takes no time, a change
/// makes O(log n) new nodes, and what two maps share is passed over when they are compared. For
/// data of which many versions are alive. A map is a value; several threads may read maps that
/// share nodes, and change their own.
///
/// A tree balanced by weight, with nodes that never change (S. Adams, "Efficient sets: a balancing
/// act", 1993; the parameters 3 and 2 of Hirai and Yamamoto, 2011).
template <typename Key, typename Value>
class persistent_map {
    struct node;
    using link = std::shared_ptr<const node>;

  public:
    using value_type = std::pair<const Key, Value>;

    /// Goes through the entries by their keys. Valid as long as the map from which it came is
    /// neither changed nor destroyed.
    class const_iterator {
      public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = persistent_map::value_type;
        using difference_type = std::ptrdiff_t;
        using pointer = const value_type*;
        using reference = const value_type&;

        const_iterator() = default;
        reference operator*() const { return *_path.back()->item; }
        pointer operator->() const { return _path.back()->item.get(); }
        const_iterator& operator++() {
            const auto* left = _path.back();
            _path.pop_back();
            descend(left->right.get());
            return *this;
        }
        const_iterator operator++(int) {
            auto before = *this;
            ++*this;
            return before;
        }
        bool operator==(const const_iterator& other) const {
            if (_path.empty() || other._path.empty()) return _path.empty() == other._path.empty();
            return _path.back() == other._path.back();
        }

      private:
        friend class persistent_map;
        void descend(const node* from) {
            for (; from != nullptr; from = from->left.get()) _path.push_back(from);
        }
        /// The nodes whose entries are still to come, the next one last.
        std::vector<const node*> _path;
    };
    using iterator = const_iterator;

    persistent_map() = default;
    persistent_map(std::initializer_list<value_type> entries) {
        for (const auto& [key, value] : entries) insert_or_assign(key, value);
    }

    [[nodiscard]] std::size_t size() const { return size_of(_root); }
    [[nodiscard]] bool empty() const { return _root == nullptr; }

    [[nodiscard]] const_iterator begin() const {
        const_iterator first;
        first.descend(_root.get());
        return first;
    }
    [[nodiscard]] const_iterator end() const { return {}; }

    /// The value of a key; null if there is none. Valid as long as a map holds the entry.
    template <typename Wanted>
    [[nodiscard]] const Value* find(const Wanted& key) const {
        const auto* at = _root.get();
        while (at != nullptr) {
            if (key < at->key()) {
                at = at->left.get();
            } else if (at->key() < key) {
                at = at->right.get();
            } else {
                return &at->item->second;
            }
        }
        return nullptr;
    }
    template <typename Wanted>
    [[nodiscard]] bool contains(const Wanted& key) const {
        return find(key) != nullptr;
    }
    /// The first entry whose key is not less.
    template <typename Wanted>
    [[nodiscard]] const_iterator lower_bound(const Wanted& key) const {
        const_iterator found;
        const auto* at = _root.get();
        while (at != nullptr) {
            if (at->key() < key) {
                at = at->right.get();
            } else {
                found._path.push_back(at);
                at = at->left.get();
            }
        }
        return found;
    }

    void insert_or_assign(Key key, Value value) {
        _root =
            inserted(_root, std::make_shared<const value_type>(std::move(key), std::move(value)));
    }
    template <typename Wanted>
    void erase(const Wanted& key) {
        if (contains(key)) _root = erased(_root, key);
    }

    /// Calls `changed(key, before, after)` in order for every key whose values differ; a null
    /// pointer stands for a map that lacks the key. The time is that of the differences, as long as
    /// one map was made of the other.
    template <typename Changed>
    static void difference(const persistent_map& before, const persistent_map& after,
                           Changed changed) {
        differ(before._root, after._root, changed);
    }

    /// Compares contents.
    bool operator==(const persistent_map& other) const {
        bool equal = true;
        difference(*this, other, [&](const auto&...) { equal = false; });
        return equal;
    }

  private:
    using item_ptr = std::shared_ptr<const value_type>;
    struct node {
        item_ptr item;
        link left;
        link right;
        std::size_t size;
        [[nodiscard]] const Key& key() const { return item->first; }
    };
    static constexpr std::size_t heavier_at_most = 3;
    static constexpr std::size_t single_below = 2;

    static std::size_t size_of(const link& tree) { return tree ? tree->size : 0; }
    static std::size_t weight(const link& tree) { return size_of(tree) + 1; }
    static link make(item_ptr item, link left, link right) {
        const auto size = size_of(left) + size_of(right) + 1;
        return std::make_shared<const node>(
            node{std::move(item), std::move(left), std::move(right), size});
    }

    /// A node of two trees one of which gained or lost an entry since they were balanced.
    static link balanced(item_ptr item, link left, link right) {
        if (weight(right) > heavier_at_most * weight(left)) {
            return lean_left(std::move(item), std::move(left), right);
        }
        if (weight(left) > heavier_at_most * weight(right)) {
            return lean_right(std::move(item), left, std::move(right));
        }
        return make(std::move(item), std::move(left), std::move(right));
    }
    static link lean_left(item_ptr item, link left, const link& right) {
        const auto& inner = right->left;
        if (weight(inner) < single_below * weight(right->right)) {
            return make(right->item, make(std::move(item), std::move(left), inner), right->right);
        }
        return make(inner->item, make(std::move(item), std::move(left), inner->left),
                    make(right->item, inner->right, right->right));
    }
    static link lean_right(item_ptr item, const link& left, link right) {
        const auto& inner = left->right;
        if (weight(inner) < single_below * weight(left->left)) {
            return make(left->item, left->left, make(std::move(item), inner, std::move(right)));
        }
        return make(inner->item, make(left->item, left->left, inner->left),
                    make(std::move(item), inner->right, std::move(right)));
    }

    static link inserted(const link& tree, item_ptr item) {
        if (!tree) return make(std::move(item), nullptr, nullptr);
        if (item->first < tree->key()) {
            return balanced(tree->item, inserted(tree->left, std::move(item)), tree->right);
        }
        if (tree->key() < item->first) {
            return balanced(tree->item, tree->left, inserted(tree->right, std::move(item)));
        }
        return make(std::move(item), tree->left, tree->right);
    }

    /// The tree has the key.
    template <typename Wanted>
    static link erased(const link& tree, const Wanted& key) {
        if (key < tree->key()) {
            return balanced(tree->item, erased(tree->left, key), tree->right);
        }
        if (tree->key() < key) {
            return balanced(tree->item, tree->left, erased(tree->right, key));
        }
        return merged(tree->left, tree->right);
    }

    /// A tree of all entries of two, of which the left ones come first, and whose weights are those
    /// of one node's subtrees.
    static link merged(const link& left, const link& right) {
        if (!left) return right;
        if (!right) return left;
        const auto* first = right.get();
        while (first->left) first = first->left.get();
        return balanced(first->item, left, without_first(right));
    }
    static link without_first(const link& tree) {
        if (!tree->left) return tree->right;
        return balanced(tree->item, without_first(tree->left), tree->right);
    }

    /// Trees of any weights with an entry between them.
    static link joined(const item_ptr& item, const link& left, const link& right) {
        if (weight(right) > heavier_at_most * weight(left)) {
            return balanced(right->item, joined(item, left, right->left), right->right);
        }
        if (weight(left) > heavier_at_most * weight(right)) {
            return balanced(left->item, left->left, joined(item, left->right, right));
        }
        return make(item, left, right);
    }

    /// What is before a key, the entry of the key if there is one, and what is behind it.
    struct parts {
        link before;
        item_ptr at;
        link behind;
    };
    static parts split(const link& tree, const Key& key) {
        if (!tree) return {};
        if (key < tree->key()) {
            auto found = split(tree->left, key);
            found.behind = joined(tree->item, found.behind, tree->right);
            return found;
        }
        if (tree->key() < key) {
            auto found = split(tree->right, key);
            found.before = joined(tree->item, tree->left, found.before);
            return found;
        }
        return {tree->left, tree->item, tree->right};
    }

    template <typename Changed>
    static void differ(const link& before, const link& after, Changed& changed) {
        if (before == after) return;
        if (!before) {
            differ(before, after->left, changed);
            changed(after->key(), static_cast<const Value*>(nullptr), &after->item->second);
            differ(before, after->right, changed);
            return;
        }
        // Made of each other, trees have most nodes at the same places, where this splits nothing.
        const auto other = split(after, before->key());
        differ(before->left, other.before, changed);
        if (!other.at) {
            changed(before->key(), &before->item->second, static_cast<const Value*>(nullptr));
        } else if (other.at != before->item && !(other.at->second == before->item->second)) {
            changed(before->key(), &before->item->second, &other.at->second);
        }
        differ(before->right, other.behind, changed);
    }

    link _root;
};

}  // namespace nacre
