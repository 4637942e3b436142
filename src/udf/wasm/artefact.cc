#include "udf/wasm/artefact.h"

#include <array>
#include <atomic>
#include <fstream>

#include <openssl/evp.h>
#include <unistd.h>

#include "udf/wasm/handles.h"

namespace nacre::udf::wasm {

namespace {

constexpr std::size_t digest_bytes = 32;

// Part of every key: raised when the engine or its settings change what an artefact means.
constexpr std::string_view artefact_version = "wasmtime-48.0.8/3";

}  // namespace

bytes sha256(std::initializer_list<bytes_view> parts) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const std::unique_ptr<EVP_MD_CTX, deleter<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
    for (const auto part : parts) EVP_DigestUpdate(context.get(), part.data(), part.size());
    EVP_DigestFinal_ex(context.get(), digest.data(), &size);
    return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string artefact_key(bytes_view source) {
    return to_hex(sha256({artefact_version, source}));
}

bytes artefact_seal(const std::string& key, bytes_view code) {
    return key + sha256({key, code});
}

std::optional<bytes_view> sealed_code(const std::string& key, bytes_view artefact) {
    const auto seal_bytes = key.size() + digest_bytes;
    if (artefact.size() < seal_bytes) return std::nullopt;
    const auto code = artefact.substr(0, artefact.size() - seal_bytes);
    auto seal = artefact.substr(code.size());
    // Cheap first: most artefacts that are asked are another key's.
    if (!seal.starts_with(key)) return std::nullopt;
    seal.remove_prefix(key.size());
    if (sha256({key, code}) != seal) return std::nullopt;
    return code;
}

status write_whole_file(const std::filesystem::path& file,
                        std::initializer_list<bytes_view> contents) {
    static std::atomic<std::uint64_t> counter{0};
    auto temporary = file;
    temporary += fmt::format(".new.{}.{}", getpid(), counter.fetch_add(1));
    std::error_code failure;
    {
        std::ofstream out(temporary, std::ios::binary);
        for (const auto part : contents) {
            out.write(part.data(), static_cast<std::streamsize>(part.size()));
        }
        if (!out.flush()) {
            out.close();
            std::filesystem::remove(temporary, failure);
            return server_error("can't write {}", file.string());
        }
    }
    std::filesystem::rename(temporary, file, failure);
    if (!failure) return {};
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    return server_error("can't write {}: {}", file.string(), failure.message());
}

std::optional<bytes> read_whole_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    if (!in) return std::nullopt;
    bytes contents(static_cast<std::size_t>(in.tellg()), '\0');
    in.seekg(0);
    if (!in.read(contents.data(), static_cast<std::streamsize>(contents.size()))) {
        return std::nullopt;
    }
    return contents;
}

}  // namespace nacre::udf::wasm
