#include "storage/rocks/reconcile_operator.h"

#include <utility>
#include <vector>

#include "storage/row_codec.h"

namespace nacre::storage {

namespace {

bytes_view view(const rocksdb::Slice& slice) {
    return {slice.data(), slice.size()};
}

thread_local merge_limit* limit_of_thread = nullptr;

class reconcile_operator final : public rocksdb::MergeOperator {
  public:
    const char* Name() const override { return "nacre.reconcile.v1"; }

    bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
        if (in.existing_value == nullptr && in.operand_list.size() == 1) {
            // By far the most common case of a scan: a row that was written once. No copy.
            out->existing_operand = in.operand_list.front();
            return true;
        }
        std::vector<bytes_view> states;
        states.reserve(in.operand_list.size() + 1);
        std::size_t size = 0;
        const auto add = [&](const rocksdb::Slice& state) {
            states.push_back(view(state));
            size += state.size();
        };
        if (in.existing_value != nullptr) add(*in.existing_value);
        for (const auto& each : in.operand_list) add(each);
        if (limit_of_thread != nullptr && !limit_of_thread->allows(size)) return false;
        out->new_value.clear();
        return merge_rows(states.data(), states.data() + states.size(), out->new_value);
    }

    bool PartialMergeMulti(const rocksdb::Slice& /*key*/,
                           const std::deque<rocksdb::Slice>& operands, std::string* merged,
                           rocksdb::Logger* /*logger*/) const override {
        std::vector<bytes_view> states;
        states.reserve(operands.size());
        for (const auto& each : operands) states.push_back(view(each));
        merged->clear();
        return merge_rows(states.data(), states.data() + states.size(), *merged);
    }
};

}  // namespace

merge_limit::merge_limit(std::size_t bytes_max)
    : _bytes_max(bytes_max), _outer(std::exchange(limit_of_thread, this)) {}

merge_limit::~merge_limit() {
    limit_of_thread = _outer;
}

std::shared_ptr<rocksdb::MergeOperator> make_reconcile_operator() {
    return std::make_shared<reconcile_operator>();
}

}  // namespace nacre::storage
