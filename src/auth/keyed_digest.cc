#include "auth/keyed_digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstdlib>

namespace nacre::auth {

namespace {

bytes random_key() {
    bytes key(32, '\0');
    // Without chance there are no secrets.
    if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) !=
        1) {
        std::abort();
    }
    return key;
}

}  // namespace

keyed_digest::keyed_digest() : _key(random_key()) {}

bytes keyed_digest::of(bytes_view secret) const {
    bytes digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    HMAC(EVP_sha256(), _key.data(), static_cast<int>(_key.size()),
         reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
         reinterpret_cast<unsigned char*>(digest.data()), &size);
    digest.resize(size);
    return digest;
}

}  // namespace nacre::auth
