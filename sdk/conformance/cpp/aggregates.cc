#include <nacre/function.h>

NACRE_AGGREGATE struct average {
    std::int64_t count = 0;
    double sum = 0;

    void accumulate(double v) {
        ++count;
        sum += v;
    }
    void merge(const average& other) {
        count += other.count;
        sum += other.sum;
    }
    std::optional<double> finish() const {
        if (count == 0) return std::nullopt;
        return sum / static_cast<double>(count);
    }
};

// The state is the text: there is nothing to finish.
NACRE_AGGREGATE struct longest {
    std::optional<std::string> found;

    void accumulate(std::string_view v) {
        if (found && (v.size() < found->size() || (v.size() == found->size() && v >= *found)))
            return;
        found = v;
    }
    void merge(const longest& other) {
        if (other.found) accumulate(*other.found);
    }
};

// The state is not what the object consists of.
NACRE_AGGREGATE class histogram {
  public:
    using state_type = std::map<std::string, std::int64_t>;

    histogram() = default;
    explicit histogram(state_type counts) : _counts(std::move(counts)) {}
    const state_type& state() const { return _counts; }

    void accumulate(const std::string& v) { ++_counts[v]; }
    void merge(histogram&& other) {
        for (const auto& [text, count] : other._counts) _counts[text] += count;
    }
    const state_type& finish() const { return _counts; }

  private:
    state_type _counts;
};
