#include "tool/csv_rows.h"

#include <csv.h>

#include "tool/exit_status.h"
#include "tool/files.h"

namespace nacre::tool {

namespace {

using cells = std::vector<std::optional<std::string>>;

struct collector {
    std::vector<cells> lines;
    cells open;

    static void cell(void* data, std::size_t size, void* self) {
        auto& open = static_cast<collector*>(self)->open;
        if (data == nullptr) {
            open.emplace_back();
        } else {
            open.emplace_back(std::string(static_cast<const char*>(data), size));
        }
    }
    static void line(int, void* self) {
        auto& all = *static_cast<collector*>(self);
        all.lines.push_back(std::move(all.open));
        all.open.clear();
    }
};

}  // namespace

result<csv_rows> parse_csv(std::string_view text) {
    csv_parser parser;
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL);
    collector all;
    const auto read =
        csv_parse(&parser, text.data(), text.size(), collector::cell, collector::line, &all);
    const bool is_whole =
        read == text.size() && csv_fini(&parser, collector::cell, collector::line, &all) == 0;
    const std::string why = csv_strerror(csv_error(&parser));
    csv_free(&parser);
    if (!is_whole) return unusable("it is no CSV: line {}: {}", all.lines.size() + 1, why);
    if (all.lines.empty()) return unusable("its first line has to name the arguments");
    csv_rows made;
    for (auto& name : all.lines.front()) made.names.push_back(name.value_or(""));
    for (std::size_t i = 1; i < all.lines.size(); ++i) {
        if (all.lines[i].size() != made.names.size()) {
            return unusable("row {} has {} cells, the first line {}", i, all.lines[i].size(),
                            made.names.size());
        }
        made.rows.push_back(std::move(all.lines[i]));
    }
    return made;
}

result<csv_rows> read_csv(const std::filesystem::path& file) {
    NACRE_TRY(const auto text, read_file(file));
    auto made = parse_csv(text);
    if (!made) return unusable("{}: {}", file.string(), made.error().message());
    return made;
}

}  // namespace nacre::tool
