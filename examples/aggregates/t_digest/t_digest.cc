#include <nacre/function.h>

#include "merging_digest.h"

/// t_digest(v): the distribution itself, to be stored or asked by the functions below.
NACRE_AGGREGATE class t_digest {
  public:
    using state_type = digest;

    t_digest() = default;
    explicit t_digest(const digest& from) : _numbers(from) {}
    digest state() const { return _numbers.state(); }

    void accumulate(double v) { _numbers.add(v); }
    void merge(const t_digest& other) { _numbers.merge(other._numbers); }

  private:
    merging_digest _numbers;
};

/// digests(d): one of many, such as an hour's of those that were stored each minute.
NACRE_AGGREGATE class digests {
  public:
    using state_type = digest;

    digests() = default;
    explicit digests(const digest& from) : _numbers(from) {}
    digest state() const { return _numbers.state(); }

    void accumulate(const digest& d) { _numbers.merge(merging_digest(d)); }
    void merge(const digests& other) { _numbers.merge(other._numbers); }

  private:
    merging_digest _numbers;
};

/// percentile(v, p): the number below which p per cent of the numbers lie.
NACRE_AGGREGATE class percentile {
  public:
    using state_type = std::tuple<std::optional<double>, digest>;

    percentile() = default;
    explicit percentile(const state_type& from)
        : _percent(std::get<0>(from)), _numbers(std::get<1>(from)) {}
    state_type state() const { return {_percent, _numbers.state()}; }

    void accumulate(double v, double p) {
        if (!(p >= 0 && p <= 100)) nacre::fail("percentile(v, p) takes a p of 0 to 100");
        ask(p);
        _numbers.add(v);
    }
    void merge(const percentile& other) {
        if (other._percent) ask(*other._percent);
        _numbers.merge(other._numbers);
    }
    std::optional<double> finish() const {
        return _percent ? _numbers.quantile(*_percent / 100) : std::nullopt;
    }

  private:
    void ask(double percent) {
        if (_percent && *_percent != percent) {
            nacre::fail("percentile(v, p) takes one p for all rows of a group");
        }
        _percent = percent;
    }

    std::optional<double> _percent;
    merging_digest _numbers;
};

NACRE_FUNCTION NACRE_DETERMINISTIC std::optional<double> digest_quantile(const digest& d,
                                                                         double q) {
    if (!(q >= 0 && q <= 1)) nacre::fail("digest_quantile(d, q) takes a q of 0 to 1");
    return merging_digest(d).quantile(q);
}

NACRE_FUNCTION NACRE_DETERMINISTIC std::optional<double> digest_share(const digest& d, double v) {
    return merging_digest(d).share_up_to(v);
}

NACRE_FUNCTION NACRE_DETERMINISTIC std::int64_t digest_count(const digest& d) {
    return merging_digest(d).count();
}
