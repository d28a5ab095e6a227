// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/error.h"

#include <array>

namespace rookery {

namespace {

struct Row
{
    ErrorCode code;
    int status;
    QLatin1String text;
    bool retryable;
};

constexpr std::array rows{
    Row{ErrorCode::InvalidRequest, 400, QLatin1String("invalid_request"), false},
    Row{ErrorCode::InvalidJson, 400, QLatin1String("invalid_json"), false},
    Row{ErrorCode::MissingField, 400, QLatin1String("missing_field"), false},
    Row{ErrorCode::InvalidField, 400, QLatin1String("invalid_field"), false},
    Row{ErrorCode::MessageTooLong, 400, QLatin1String("message_too_long"), false},
    Row{ErrorCode::Unauthorized, 401, QLatin1String("unauthorized"), false},
    Row{ErrorCode::BadCredentials, 401, QLatin1String("bad_credentials"), false},
    Row{ErrorCode::Forbidden, 403, QLatin1String("forbidden"), false},
    Row{ErrorCode::NotFound, 404, QLatin1String("not_found"), false},
    Row{ErrorCode::MethodNotAllowed, 405, QLatin1String("method_not_allowed"), false},
    Row{ErrorCode::NameTaken, 409, QLatin1String("name_taken"), false},
    Row{ErrorCode::ClientIdReused, 409, QLatin1String("client_id_reused"), false},
    Row{ErrorCode::PayloadTooLarge, 413, QLatin1String("payload_too_large"), false},
    Row{ErrorCode::UnsupportedMediaType, 415, QLatin1String("unsupported_media_type"), false},
    Row{ErrorCode::RateLimited, 429, QLatin1String("rate_limited"), true},
    Row{ErrorCode::Overloaded, 503, QLatin1String("overloaded"), true},
    Row{ErrorCode::StorageFull, 507, QLatin1String("storage_full"), true},
    Row{ErrorCode::StorageUnavailable, 503, QLatin1String("storage_unavailable"), true},
    Row{ErrorCode::Internal, 500, QLatin1String("internal"), true},
};

const Row &rowOf(ErrorCode code)
{
    for (const Row &row : rows) {
        if (row.code == code)
            return row;
    }
    return rows.back();
}

} // namespace

int httpStatus(ErrorCode code)
{
    return rowOf(code).status;
}

QLatin1String codeText(ErrorCode code)
{
    return rowOf(code).text;
}

ErrorCode codeFromText(QStringView text)
{
    for (const Row &row : rows) {
        if (text == row.text)
            return row.code;
    }
    return ErrorCode::Internal;
}

bool isRetryable(ErrorCode code)
{
    return rowOf(code).retryable;
}

} // namespace rookery
