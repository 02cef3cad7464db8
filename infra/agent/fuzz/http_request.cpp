// Whatever a client sends is a request, the beginning of one, or malformed; a request lies within what was sent.

#include <cstddef>
#include <cstdint>

#include "net/http_parse.hpp"
#include "net/url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    inframind::Request request;
    if (inframind::parse_request(text, request) == inframind::Progress::complete) {
        if (request.size == 0 || request.size > size || !request.path.starts_with('/')) __builtin_trap();
    }
    inframind::parse_url(text);
    inframind::parse_address(text);
    return 0;
}
