#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "data/row_batch.h"
#include "function/scalar_function.h"
#include "query/engine.h"
#include "runtime/task.h"
#include "types/type.h"

namespace nacre::query {

class evaluation;

/// A column of values, one per row of a batch: borrowed from the batch, or made by an expression.
class operand {
  public:
    explicit operand(const data::column_vector& borrowed) : _column(&borrowed) {}
    explicit operand(std::unique_ptr<data::column_vector> owned)
        : _column(owned.get()), _owned(std::move(owned)) {}
    [[nodiscard]] const data::column_vector& column() const { return *_column; }

  private:
    const data::column_vector* _column;
    std::unique_ptr<data::column_vector> _owned;
};

/// A bound and typed expression: names are resolved, functions chosen, types known. Immutable and
/// shared by all shards; whatever a statement's execution needs beside it is in its `evaluation`.
class expression {
  public:
    explicit expression(types::type_ptr type) : _type(std::move(type)) {}
    virtual ~expression() = default;
    [[nodiscard]] const types::type_ptr& type() const { return _type; }

    /// One value for each row of `batch`, whose rows are all wanted. The batch outlives the result.
    [[nodiscard]] virtual runtime::task<result<operand>> evaluate(
        evaluation& state, const data::row_batch& batch) const = 0;

    /// Whether the value is the same for every row: no columns below.
    [[nodiscard]] virtual bool is_row_independent() const = 0;
    /// Whether, moreover, nobody can tell if it is evaluated once for all rows or for each: no
    /// calls below but of functions that give the same result for the same arguments.
    [[nodiscard]] virtual bool is_constant() const { return false; }

  private:
    types::type_ptr _type;
};
using expression_ptr = std::shared_ptr<const expression>;

/// Values of constant calls that have been made, by their nodes.
using constant_values = std::unordered_map<const expression*, optional_bytes>;

/// One execution of a statement on one shard: the bound values, and a fresh instance of every user
/// function, which dies with it. Not shared.
class evaluation {
  public:
    /// `values` outlive it. Functions end their work when `until` says so; it may be null.
    evaluation(const std::vector<bound_value>& values, runtime::cancellation_ptr until)
        : _values(&values), _until(std::move(until)) {}
    /// Calls whose values are `known` are not made again.
    explicit evaluation(const query_options& options, constant_values known = {})
        : evaluation(options.values, options.until) {
        _known_values = std::move(known);
        _memory = options.memory;
        if (_memory != nullptr) _request_bytes = _memory->bytes();
    }

    [[nodiscard]] const bound_value& value(std::uint32_t marker) const {
        return (*_values)[marker];
    }
    [[nodiscard]] const std::vector<bound_value>& values() const { return *_values; }
    /// Whether the statement is to go on.
    [[nodiscard]] status may_go_on() const { return _until ? _until->check() : status(); }
    /// Its results have that many bytes by now. The error is `overloaded`: there is no room for
    /// them in the server.
    [[nodiscard]] status hold(std::uint64_t bytes) {
        return _memory == nullptr ? status() : _memory->resize(_request_bytes + bytes);
    }
    /// Where the aggregates' results begin among the columns of a batch of finished groups.
    void set_aggregate_base(std::uint32_t slot) { _aggregate_base = slot; }
    [[nodiscard]] std::uint32_t aggregate_base() const { return _aggregate_base; }

    /// The value of a constant call, once it is known: null before.
    [[nodiscard]] const optional_bytes* known_value(const expression& node) const {
        const auto found = _known_values.find(&node);
        return found == _known_values.end() ? nullptr : &found->second;
    }
    [[nodiscard]] const constant_values& known_values() const { return _known_values; }
    void remember(const expression& node, optional_bytes value) {
        _known_values.insert_or_assign(&node, std::move(value));
    }

    /// The instance that serves one call node.
    [[nodiscard]] result<function::instance*> instance_of(const expression& node,
                                                          const function::scalar_function& callee);

  private:
    const std::vector<bound_value>* _values;
    runtime::cancellation_ptr _until;
    runtime::memory_account::share* _memory = nullptr;
    std::uint64_t _request_bytes = 0;
    std::uint32_t _aggregate_base = 0;
    std::unordered_map<const expression*, std::unique_ptr<function::instance>> _instances;
    constant_values _known_values;
};

/// A column of the scanned batch (or of the batch of finished groups).
class slot_expression final : public expression {
  public:
    slot_expression(types::type_ptr type, std::uint32_t slot)
        : expression(std::move(type)), _slot(slot) {}
    [[nodiscard]] std::uint32_t slot() const { return _slot; }
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override { return false; }
    bool is_constant() const override { return false; }

  private:
    std::uint32_t _slot;
};

class constant_expression final : public expression {
  public:
    constant_expression(types::type_ptr type, optional_bytes value)
        : expression(std::move(type)), _value(std::move(value)) {}
    [[nodiscard]] const optional_bytes& value() const { return _value; }
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override { return true; }
    bool is_constant() const override { return true; }

  private:
    optional_bytes _value;
};

class marker_expression final : public expression {
  public:
    marker_expression(types::type_ptr type, std::uint32_t index)
        : expression(std::move(type)), _index(index) {}
    [[nodiscard]] std::uint32_t index() const { return _index; }
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override { return true; }
    bool is_constant() const override { return true; }

  private:
    std::uint32_t _index;
};

class call_expression final : public expression {
  public:
    call_expression(function::scalar_function_ptr callee, std::vector<expression_ptr> arguments)
        : expression(callee->signature.return_type),
          _callee(std::move(callee)),
          _arguments(std::move(arguments)),
          _is_constant(has_constant_value()) {}
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override;
    bool is_constant() const override { return _is_constant; }
    [[nodiscard]] const function::scalar_function& callee() const { return *_callee; }
    [[nodiscard]] const std::vector<expression_ptr>& arguments() const { return _arguments; }

  private:
    [[nodiscard]] bool has_constant_value() const;
    [[nodiscard]] runtime::task<result<operand>> call(evaluation&, const data::row_batch&) const;

    function::scalar_function_ptr _callee;
    std::vector<expression_ptr> _arguments;
    bool _is_constant;
};

/// A list, set, map, tuple, vector or user-type value put together from parts, at least one of
/// which is not a constant.
class compound_expression final : public expression {
  public:
    /// `parts`: elements; key, value, key, value …; or fields (null pointers for absent ones).
    compound_expression(types::type_ptr type, std::vector<expression_ptr> parts)
        : expression(std::move(type)), _parts(std::move(parts)) {}
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override;
    bool is_constant() const override;

  private:
    [[nodiscard]] result<optional_bytes> assemble(std::vector<optional_bytes> parts) const;
    std::vector<expression_ptr> _parts;
};

/// `user.field` of a user type, by position.
class field_expression final : public expression {
  public:
    field_expression(types::type_ptr type, expression_ptr whole, std::uint32_t field)
        : expression(std::move(type)), _whole(std::move(whole)), _field(field) {}
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override { return _whole->is_row_independent(); }
    bool is_constant() const override { return _whole->is_constant(); }

  private:
    expression_ptr _whole;
    std::uint32_t _field;
};

/// `map[key]` or `set[element]`.
class element_expression final : public expression {
  public:
    element_expression(types::type_ptr type, expression_ptr whole, expression_ptr key)
        : expression(std::move(type)), _whole(std::move(whole)), _key(std::move(key)) {}
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override {
        return _whole->is_row_independent() && _key->is_row_independent();
    }
    bool is_constant() const override { return _whole->is_constant() && _key->is_constant(); }

  private:
    expression_ptr _whole;
    expression_ptr _key;
};

/// Adapts an operation over two columns (arithmetic) or one (a cast).
class operator_expression final : public expression {
  public:
    /// Appends a value for each of the rows: all of the columns', or some rows after the other.
    using operation =
        std::function<status(const std::vector<const data::column_vector*>& columns,
                             std::span<const std::uint32_t> rows, data::column_vector& out)>;

    operator_expression(types::type_ptr type, std::vector<expression_ptr> operands, operation work)
        : expression(std::move(type)), _operands(std::move(operands)), _work(std::move(work)) {}
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override;
    bool is_constant() const override;

  private:
    std::vector<expression_ptr> _operands;
    operation _work;
};

/// Evaluates a row-independent expression to one value. Unset bind markers give unset.
struct single_value {
    bound_value::kind what = bound_value::kind::null;
    bytes data;
    [[nodiscard]] bool is_null() const { return what == bound_value::kind::null; }
    [[nodiscard]] bool is_unset() const { return what == bound_value::kind::unset; }
    [[nodiscard]] optional_bytes optional() const {
        return what == bound_value::kind::value ? optional_bytes(data) : std::nullopt;
    }
};
[[nodiscard]] runtime::task<result<single_value>> evaluate_single(const expression& node,
                                                                  evaluation& state);

}  // namespace nacre::query
