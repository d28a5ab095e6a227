// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

/// What errors name as their field, where several services do.
namespace rookery::core::fields {

inline const QString roomName = QStringLiteral("name");
inline const QString user = QStringLiteral("user");

} // namespace rookery::core::fields
