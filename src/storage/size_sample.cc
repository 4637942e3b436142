#include "storage/size_sample.h"

#include <algorithm>

#include "storage/key_codec.h"

namespace nacre::storage {

namespace {

constexpr std::uint64_t sample_entries_max = 4096;

// What was seen up to the beginning of a partition.
struct totals {
    std::uint64_t partitions = 0;
    std::uint64_t bytes = 0;
};

double tokens_between(data::token after, data::token up_to) {
    return static_cast<double>(up_to.value) - static_cast<double>(after.value);
}

size_estimate whole_of(const totals& seen, double share) {
    if (seen.partitions == 0) return {};
    const auto partitions = static_cast<double>(seen.partitions) / share;
    return {static_cast<std::uint64_t>(std::max(partitions, 1.0)), seen.bytes / seen.partitions};
}

}  // namespace

result<size_estimate> sample_size(entry_source& source, std::uint32_t storage_id,
                                  data::token_range range) {
    const auto settle = [&source] {
        if (source.where() == entry_source::state::blocked) source.unblock();
    };
    const bytes end = table_end(storage_id);
    totals all;
    totals complete;
    bytes partition;
    auto last = range.after;
    if (range.after == data::maximum_token) return size_estimate{};
    source.seek(table_position(storage_id, {range.after.value + 1}));
    settle();
    for (std::uint64_t entries = 0; source.where() == entry_source::state::at_entry; ++entries) {
        const auto key = source.key();
        if (key >= end || token_in(key) > range.up_to) return whole_of(all, 1);
        const auto prefix = key.substr(0, partition_prefix_size(key));
        if (prefix != partition) {
            complete = all;
            ++all.partitions;
            last = token_in(key);
            partition = prefix;
        }
        all.bytes += key.size() + source.value().size();
        if (entries == sample_entries_max) {
            // The partition that the sample ends in counts only if it is the first.
            const auto& seen = complete.partitions == 0 ? all : complete;
            const auto width = tokens_between(range.after, range.up_to);
            return whole_of(seen, std::max(tokens_between(range.after, last) / width, 1e-9));
        }
        source.next();
        settle();
    }
    if (source.where() == entry_source::state::failed) return source.failure();
    return whole_of(all, 1);
}

}  // namespace nacre::storage
