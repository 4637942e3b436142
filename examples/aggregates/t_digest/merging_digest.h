#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <vector>

/// A digest as a value of CQL. Its centroids are sorted.
struct digest {
    std::optional<double> least;
    std::optional<double> greatest;
    std::vector<double> means;
    std::vector<std::int64_t> counts;
};

/// The distribution of numbers, in as many bytes whatever their count: a merging t-digest
/// (T. Dunning, O. Ertl, "Computing extremely accurate quantiles using t-digests", 2019) with the
/// scale function k1. Numbers that are near each other share a centroid; near both ends of the
/// distribution centroids are small, and exact there.
class merging_digest {
  public:
    /// At most so many centroids and one; two more if there are infinite numbers.
    static constexpr std::size_t compression = 200;

    merging_digest() = default;
    explicit merging_digest(const digest& from) {
        const auto count = std::min(from.means.size(), from.counts.size());
        _centroids.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            if (from.counts[i] > 0) _centroids.push_back({from.means[i], from.counts[i]});
        }
        for (const auto& each : _centroids) _count += each.count;
        if (from.least) _least = *from.least;
        if (from.greatest) _greatest = *from.greatest;
    }

    /// NaN is no number: it is passed over, as null is.
    void add(double number) {
        if (std::isnan(number)) return;
        note(number, number, 1);
        _waiting.push_back({number, 1});
        if (_waiting.size() >= waiting_max) compress();
    }

    void merge(const merging_digest& other) {
        if (other._count == 0) return;
        note(other._least, other._greatest, other._count);
        for (const auto* from : {&other._centroids, &other._waiting}) {
            _waiting.insert(_waiting.end(), from->begin(), from->end());
        }
        if (_waiting.size() >= waiting_max) compress();
    }

    [[nodiscard]] std::int64_t count() const { return _count; }

    [[nodiscard]] digest state() const {
        digest made;
        const auto all = compressed();
        if (_count != 0) {
            made.least = _least;
            made.greatest = _greatest;
        }
        for (const auto& each : all) {
            made.means.push_back(each.mean);
            made.counts.push_back(each.count);
        }
        return made;
    }

    /// The number below which a share `q` of 0 to 1 lies: between the two numbers next to that
    /// place as PERCENTILE_CONT has it. Null without numbers.
    [[nodiscard]] std::optional<double> quantile(double q) const {
        if (_count == 0) return std::nullopt;
        const auto place = std::clamp(q, 0.0, 1.0) * static_cast<double>(_count - 1);
        double left_place = 0;
        double left = _least;
        double before = 0;
        for (const auto& each : compressed()) {
            const auto own = static_cast<double>(each.count);
            const auto middle = before + (own - 1) / 2;
            if (place <= middle) return between(left, each.mean, left_place, middle, place);
            left_place = middle;
            left = each.mean;
            before += own;
        }
        return between(left, _greatest, left_place, static_cast<double>(_count - 1), place);
    }

    /// The share of the numbers that are at most `number`. Null without numbers.
    [[nodiscard]] std::optional<double> share_up_to(double number) const {
        if (_count == 0) return std::nullopt;
        if (number < _least) return 0;
        if (number >= _greatest) return 1;
        double left_place = 0;
        double left = _least;
        double before = 0;
        const auto all = static_cast<double>(_count);
        for (const auto& each : compressed()) {
            const auto own = static_cast<double>(each.count);
            const auto middle = before + (own - 1) / 2;
            if (number < each.mean) {
                return (1 + between(left_place, middle, left, each.mean, number)) / all;
            }
            left_place = middle;
            left = each.mean;
            before += own;
        }
        return (1 + between(left_place, all - 1, left, _greatest, number)) / all;
    }

  private:
    struct centroid {
        double mean;
        std::int64_t count;
    };
    // Sorting many at once is cheaper than sorting some often.
    static constexpr std::size_t waiting_max = 10 * compression;

    void note(double least, double greatest, std::int64_t count) {
        _least = _count == 0 ? least : std::min(_least, least);
        _greatest = _count == 0 ? greatest : std::max(_greatest, greatest);
        _count += count;
    }

    // A line through two points, at `x`. Neither overflows nor makes NaN of infinite ends.
    static double between(double y0, double y1, double x0, double x1, double x) {
        if (!(x1 > x0) || y0 == y1) return y1;
        if (std::isinf(x0) || std::isinf(x1)) return y0;
        const auto share = (x - x0) / (x1 - x0);
        if (std::isinf(y0) || std::isinf(y1)) return share < 1 ? y0 : y1;
        return y0 * (1 - share) + y1 * share;
    }

    // Rises by 1 over the width that a centroid may have.
    static double scale(double q) {
        return compression / (2 * std::numbers::pi) * std::asin(std::clamp(2 * q - 1, -1.0, 1.0));
    }
    // The share that ends where the scale is 1 higher than at `q`.
    static double share_limit(double q) {
        const auto angle = (scale(q) + 1) * 2 * std::numbers::pi / compression;
        return angle >= std::numbers::pi / 2 ? 1 : (std::sin(angle) + 1) / 2;
    }

    void compress() {
        _centroids = compressed();
        _waiting.clear();
    }
    [[nodiscard]] std::vector<centroid> compressed() const {
        if (_waiting.empty()) return _centroids;
        auto all = _centroids;
        all.insert(all.end(), _waiting.begin(), _waiting.end());
        std::sort(all.begin(), all.end(), [](const centroid& left, const centroid& right) {
            return left.mean < right.mean;
        });
        const auto total = static_cast<double>(_count);
        std::vector<centroid> made;
        std::int64_t before = 0;  // numbers to the left of the last centroid
        double limit = share_limit(0);
        for (const auto& next : all) {
            if (!made.empty()) {
                auto& last = made.back();
                const auto together = last.count + next.count;
                const bool fits = static_cast<double>(before + together) <= total * limit &&
                                  !std::isinf(last.mean) && !std::isinf(next.mean);
                // Equal infinite numbers would be without end.
                if (fits || (std::isinf(next.mean) && last.mean == next.mean)) {
                    if (last.mean != next.mean) {
                        const auto share =
                            static_cast<double>(next.count) / static_cast<double>(together);
                        last.mean = last.mean * (1 - share) + next.mean * share;
                    }
                    last.count = together;
                    continue;
                }
                before += last.count;
                limit = share_limit(static_cast<double>(before) / total);
            }
            made.push_back(next);
        }
        return made;
    }

    std::vector<centroid> _centroids;
    std::vector<centroid> _waiting;  ///< not yet among the centroids, in no order
    std::int64_t _count = 0;
    double _least = 0;
    double _greatest = 0;
};
