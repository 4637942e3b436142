#include <nacre/function.h>

#include <algorithm>

using namespace std::chrono_literals;

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::date next_day(nacre::date d) {
    return d + std::chrono::days(1);
}

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::date date_of(nacre::timestamp t) {
    return std::chrono::floor<std::chrono::days>(t);
}

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::timestamp at_time(nacre::date d, nacre::time_of_day t) {
    return d + std::chrono::floor<std::chrono::milliseconds>(t);
}

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::time_of_day apart(nacre::time_of_day a,
                                                            nacre::time_of_day b) {
    return a < b ? b - a : a - b;
}

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::duration twice(nacre::duration d) {
    return {d.months * 2, d.days * 2, d.nanoseconds * 2};
}

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::uuid next_uuid(nacre::uuid u) {
    const auto low = u.low() + 1;
    return nacre::uuid::of(u.high() + (low == 0 ? 1 : 0), low);
}

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::timeuuid later(nacre::timeuuid a, nacre::timeuuid b) {
    return b.ticks() > a.ticks() ? b : a;
}

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::inet network(nacre::inet address, std::int32_t bits) {
    for (std::size_t i = 0; i < address.size(); ++i) {
        const auto kept = std::clamp(bits - static_cast<int>(8 * i), 0, 8);
        address[i] = static_cast<std::uint8_t>(address[i] & 0xff << (8 - kept));
    }
    return address;
}
