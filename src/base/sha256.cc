#include "base/sha256.h"

#include <array>

#include <openssl/evp.h>

namespace nacre {

struct sha256::context {
    EVP_MD_CTX* of_library = EVP_MD_CTX_new();
    context() { EVP_DigestInit_ex(of_library, EVP_sha256(), nullptr); }
    context(const context&) = delete;
    context& operator=(const context&) = delete;
    ~context() { EVP_MD_CTX_free(of_library); }
};

sha256::sha256() : _context(std::make_unique<context>()) {}
sha256::sha256(sha256&&) noexcept = default;
sha256::~sha256() = default;

void sha256::add(bytes_view piece) {
    EVP_DigestUpdate(_context->of_library, piece.data(), piece.size());
}

bytes sha256::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(_context->of_library, digest.data(), &size);
    return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace nacre
