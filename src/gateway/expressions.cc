#include "gateway/expressions.h"

namespace nacre::gateway {

namespace {

class walk {
  public:
    explicit walk(const visitor& see) : _see(see) {}

    void expression(const cql::expression& node, place where) {
        if (!_see(node, where)) return;
        std::visit([this](const auto& inner) { parts(inner); }, node.node);
    }

    void operator()(const cql::select_statement& select) {
        for (const auto& each : select.selectors) operand(each.value);
        relations(select.where);
        for (const auto& each : select.group_by) operand(each);
        for (const auto& each : select.order_by) {
            operand(each.by);
            optional(each.ann_of);
        }
        optional(select.per_partition_limit);
        optional(select.limit);
        optional(select.timeout);
    }
    void operator()(const cql::insert_statement& insert) {
        for (const auto& each : insert.values) value(each);
        optional(insert.json);
        parameters(insert.parameters);
    }
    void operator()(const cql::update_statement& update) {
        parameters(update.parameters);
        for (const auto& each : update.assignments) {
            std::visit([this](const auto& assigned) { assignment(assigned); }, each);
        }
        relations(update.where);
        condition(update.condition);
    }
    void operator()(const cql::delete_statement& removal) {
        for (const auto& each : removal.deletions) optional(each.index);
        parameters(removal.parameters);
        relations(removal.where);
        condition(removal.condition);
    }
    void operator()(const cql::batch_statement& batch) {
        parameters(batch.parameters);
        for (const auto& each : batch.statements) {
            std::visit([this](const auto& statement) { (*this)(statement); }, each);
        }
    }
    template <typename Other>
    void operator()(const Other&) {}

  private:
    void value(const cql::expression& node) { expression(node, place::value); }
    void operand(const cql::expression& node) { expression(node, place::operand); }
    void values(const std::vector<cql::expression>& nodes) {
        for (const auto& each : nodes) value(each);
    }
    void optional(const std::optional<cql::expression>& node) {
        if (node) value(*node);
    }

    void parts(const cql::function_call& call) {
        for (const auto& each : call.arguments) operand(each);
    }
    void parts(const cql::list_literal& list) { values(list.elements); }
    void parts(const cql::set_literal& set) { values(set.elements); }
    void parts(const cql::tuple_literal& tuple) { values(tuple.elements); }
    void parts(const cql::map_literal& map) {
        for (const auto& each : map.entries) {
            value(each.key);
            value(each.value);
        }
    }
    void parts(const cql::user_type_literal& literal) {
        for (const auto& each : literal.fields) value(each.value);
    }
    void parts(const cql::type_hint& hint) { value(*hint.operand); }
    void parts(const cql::cast& cast) { operand(*cast.operand); }
    void parts(const cql::arithmetic& sum) {
        operand(*sum.left);
        operand(*sum.right);
    }
    void parts(const cql::negation& negation) { operand(*negation.operand); }
    void parts(const cql::subscript& subscript) {
        operand(*subscript.container);
        value(*subscript.index);
    }
    void parts(const cql::slice& slice) {
        operand(*slice.container);
        if (slice.from) value(**slice.from);
        if (slice.to) value(**slice.to);
    }
    void parts(const cql::field_access& access) { operand(*access.value); }
    template <typename Leaf>
    void parts(const Leaf&) {}

    void parameters(const cql::update_parameters& given) {
        optional(given.timestamp);
        optional(given.ttl);
        optional(given.timeout);
    }
    void relations(const std::vector<cql::relation>& all) {
        for (const auto& each : all) {
            operand(each.left);
            values(each.right);
        }
    }
    void condition(const cql::update_condition& given) {
        if (const auto* all = std::get_if<cql::conditions>(&given)) relations(*all);
    }
    void assignment(const cql::assign_column& assigned) { value(assigned.value); }
    void assignment(const cql::add_assign_column& assigned) { value(assigned.value); }
    void assignment(const cql::assign_element& assigned) {
        value(assigned.index);
        value(assigned.value);
    }
    void assignment(const cql::assign_field& assigned) { value(assigned.value); }

    const visitor& _see;
};

}  // namespace

void visit(const cql::expression& node, place where, const visitor& see) {
    walk(see).expression(node, where);
}

void visit(const cql::statement& statement, const visitor& see) {
    std::visit(walk(see), statement);
}

}  // namespace nacre::gateway
