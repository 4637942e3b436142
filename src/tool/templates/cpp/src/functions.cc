#include <nacre/function.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

NACRE_FUNCTION std::int64_t fib(std::int64_t n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

NACRE_FUNCTION std::string commas(std::vector<std::string> words) {
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) text += ", ";
        text += word;
    }
    return text;
}

NACRE_AGGREGATE struct average {
    std::int64_t count = 0;
    double sum = 0;

    void accumulate(double value) {
        ++count;
        sum += value;
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
