#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/mutation.h"
#include "runtime/task.h"
#include "schema/snapshot.h"

namespace nacre::catalog {

/// Takes part in one change of the schema, all of it on shard 0 in the change's turn: it may refuse
/// the change, and adds what has to become durable with it or not at all.
class change_companion {
  public:
    virtual ~change_companion() = default;

    /// Whether the change may be made, judged by the schema that it meets.
    [[nodiscard]] virtual status check(const schema::snapshot& now) = 0;
    /// Before the change is written: what is to be written with it. `end` follows in every case.
    [[nodiscard]] virtual runtime::task<std::vector<data::mutation>> begin(
        const schema::change& change, const schema::snapshot& before,
        const schema::snapshot& after) = 0;
    /// Who is granted everything on what is created, where that is for the catalog to write; none:
    /// nobody, or it is among what `begin` gives.
    [[nodiscard]] virtual std::optional<std::string> maker() const { return std::nullopt; }
    enum class outcome : bool { failed, published };
    virtual runtime::task<void> end(outcome how) = 0;
};

}  // namespace nacre::catalog
