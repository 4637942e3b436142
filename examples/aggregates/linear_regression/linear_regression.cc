#include <nacre/function.h>
#include <cmath>
#include <cstdint>
#include <optional>

/// The line y = intercept + slope * x with the least squares of errors. r_squared is the share of
/// y's variance that it explains.
struct regression {
    std::int64_t count;
    std::optional<double> slope;
    std::optional<double> intercept;
    std::optional<double> r_squared;
};

/// Means and sums of products of deviations from them, updated as B. P. Welford (1962) and T. F.
/// Chan, G. H. Golub and R. J. LeVeque (1979) have it: sums of squares would lose the digits of
/// points that are far from 0 and near each other, such as timestamps.
NACRE_AGGREGATE struct linear_regression {
    std::int64_t count = 0;
    double mean_x = 0;
    double mean_y = 0;
    double sum_xx = 0;
    double sum_yy = 0;
    double sum_xy = 0;

    void accumulate(double y, double x) {
        ++count;
        const double dx = x - mean_x;
        const double dy = y - mean_y;
        mean_x += dx / static_cast<double>(count);
        mean_y += dy / static_cast<double>(count);
        sum_xx += dx * (x - mean_x);
        sum_yy += dy * (y - mean_y);
        sum_xy += dx * (y - mean_y);
    }

    void merge(const linear_regression& other) {
        if (other.count == 0) return;
        const auto mine = static_cast<double>(count);
        const auto theirs = static_cast<double>(other.count);
        const double dx = other.mean_x - mean_x;
        const double dy = other.mean_y - mean_y;
        const double weight = mine * theirs / (mine + theirs);
        count += other.count;
        mean_x += dx * theirs / (mine + theirs);
        mean_y += dy * theirs / (mine + theirs);
        sum_xx += other.sum_xx + dx * dx * weight;
        sum_yy += other.sum_yy + dy * dy * weight;
        sum_xy += other.sum_xy + dx * dy * weight;
    }

    regression finish() const {
        regression line{count, {}, {}, {}};
        if (count < 2 || !(sum_xx > 0)) return line;
        line.slope = sum_xy / sum_xx;
        line.intercept = mean_y - *line.slope * mean_x;
        // All points on one level are met by the line.
        line.r_squared = sum_yy > 0 ? sum_xy * sum_xy / (sum_xx * sum_yy) : 1;
        return line;
    }
};
