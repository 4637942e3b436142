#include "tool/base64.h"

#include <openssl/evp.h>

namespace nacre::tool {

std::string to_base64(bytes_view data) {
    std::string text((data.size() + 2) / 3 * 4 + 1, '\0');
    const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                      reinterpret_cast<const unsigned char*>(data.data()),
                                      static_cast<int>(data.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

}  // namespace nacre::tool
