#include "function/resolve.h"

#include <algorithm>
#include <utility>

namespace nacre::function {

namespace {

constexpr std::string_view system_keyspace = "system";

const function_signature& signature_of(const resolved& candidate) {
    if (const auto* scalar = std::get_if<scalar_function_ptr>(&candidate)) {
        return (*scalar)->signature;
    }
    return std::get<aggregate_function_ptr>(candidate)->signature();
}

void collect(const registry& functions, std::string_view keyspace, std::string_view name,
             std::vector<resolved>& candidates) {
    const auto* found = functions.find(keyspace, name);
    if (found == nullptr) return;
    candidates.insert(candidates.end(), found->scalars.begin(), found->scalars.end());
    candidates.insert(candidates.end(), found->aggregates.begin(), found->aggregates.end());
}

result<resolved> make_generic(const generic_function& generic,
                              const std::vector<argument>& arguments,
                              const types::type_ptr& receiver) {
    if (arguments.size() < generic.arguments_min || arguments.size() > generic.arguments_max) {
        return invalid("Invalid number of arguments for function {}", generic.signature);
    }
    generic_call call{arguments, {}, receiver};
    for (const auto& each : arguments) call.types.push_back(each.known_type.value_or(nullptr));
    if (generic.infer) generic.infer(call);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (call.types[i]) continue;
        return invalid(
            "Cannot infer type of argument {} in call to function {}: use type casts to "
            "disambiguate",
            arguments[i].text, generic.signature);
    }
    return generic.make(call);
}

/// The worst fit of any argument; none if their number is wrong.
fit fit_of(const function_signature& signature, const std::vector<argument>& arguments) {
    if (signature.argument_types.size() != arguments.size()) return fit::none;
    fit worst = fit::exact;
    for (std::size_t i = 0; i < arguments.size() && worst != fit::none; ++i) {
        worst = std::min(worst, arguments[i].test(*signature.argument_types[i]));
    }
    return worst;
}

std::string list_of(const std::vector<resolved>& candidates) {
    std::string text;
    for (const auto& candidate : candidates) {
        if (!text.empty()) text += ", ";
        text += describe(signature_of(candidate));
    }
    return text;
}

bool fits_receiver(const resolved& candidate, const types::type_ptr& receiver) {
    if (!receiver) return true;
    const auto& returned = *signature_of(candidate).return_type;
    if (returned.same_values(*receiver)) return true;
    // A counter stands for no other number here.
    return returned.kind() != types::type_kind::counter &&
           types::is_value_compatible(*receiver, returned);
}

result<resolved> pick_best(const std::string& name, const std::vector<resolved>& candidates,
                           const std::vector<argument>& arguments,
                           const types::type_ptr& receiver) {
    std::vector<resolved> best;
    for (const auto& candidate : candidates) {
        if (!fits_receiver(candidate, receiver)) continue;
        const fit how = fit_of(signature_of(candidate), arguments);
        // Of a user's function and a built-in one, the user's stands first.
        if (how == fit::exact) return candidate;
        if (how == fit::weak) best.push_back(candidate);
    }
    if (best.size() == 1) return best.front();
    if (best.empty()) {
        return invalid(
            "Invalid call to function {}, none of its type signatures match (known type "
            "signatures: {})",
            name, list_of(candidates));
    }
    return invalid(
        "Ambiguous call to function {} (can be matched by following signatures: {}): use "
        "type casts to disambiguate",
        name, list_of(best));
}

status check_call(const function_signature& signature, const std::vector<argument>& arguments) {
    const std::string name = signature.keyspace + "." + signature.name;
    const auto& wanted = signature.argument_types;
    if (wanted.size() != arguments.size()) {
        return invalid(
            "Invalid number of arguments in call to function {}: {} required but {} "
            "provided",
            name, wanted.size(), arguments.size());
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (arguments[i].test(*wanted[i]) != fit::none) continue;
        return invalid("Type error: {} cannot be passed as argument {} of function {} of type {}",
                       arguments[i].text, i, name, wanted[i]->to_cql_without_frozen());
    }
    return {};
}

}  // namespace

std::string describe(const function_signature& signature) {
    std::string text = signature.keyspace + "." + signature.name + " : (";
    for (std::size_t i = 0; i < signature.argument_types.size(); ++i) {
        if (i != 0) text += ", ";
        text += signature.argument_types[i]->to_cql_without_frozen();
    }
    return text + ") -> " + signature.return_type->to_cql_without_frozen();
}

bool is_known(const registry& functions, const std::optional<std::string>& keyspace,
              const std::string& name, const std::string& current_keyspace) {
    const bool built_ins_count = !keyspace || *keyspace == system_keyspace;
    if (built_ins_count && functions.find_generic(name) != nullptr) return true;
    if (keyspace) return functions.find(*keyspace, name) != nullptr;
    return functions.find(current_keyspace, name) != nullptr ||
           functions.find(system_keyspace, name) != nullptr;
}

result<resolved> resolve(const registry& functions, const std::optional<std::string>& keyspace,
                         const std::string& name, const std::string& current_keyspace,
                         const std::vector<argument>& arguments, const types::type_ptr& receiver) {
    std::vector<resolved> candidates;
    if (keyspace) {
        collect(functions, *keyspace, name, candidates);
    } else {
        collect(functions, current_keyspace, name, candidates);
        if (current_keyspace != system_keyspace) {
            collect(functions, system_keyspace, name, candidates);
        }
    }
    const std::string full_name = keyspace ? *keyspace + "." + name : name;
    const bool built_ins_count = !keyspace || *keyspace == system_keyspace;
    if (const auto* generic = built_ins_count ? functions.find_generic(name) : nullptr) {
        auto made = make_generic(*generic, arguments, receiver);
        if (!made && candidates.empty()) return std::move(made).error();
        if (made) candidates.push_back(*std::move(made));
    }
    if (candidates.empty()) return invalid("Unknown function '{}'", full_name);
    if (candidates.size() == 1) {
        NACRE_CHECK(check_call(signature_of(candidates.front()), arguments));
        return candidates.front();
    }
    return pick_best(full_name, candidates, arguments, receiver);
}

}  // namespace nacre::function
