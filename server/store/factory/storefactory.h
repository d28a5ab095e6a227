// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/options.h"

#include <QUrl>

#include <memory>

namespace rookery::store {

/// Opens the store on the database of this URL, whose scheme says which kind it is, and brings its schema up to date:
/// - `sqlite:///var/lib/rookery/rookery.db`: an SQLite file, made if it is missing.
///
/// Called once, before the listeners, and may block. The Error is a sentence for the operator and contains nothing of
/// the URL but its scheme, since it may hold a password.
Result<std::unique_ptr<Store>> open(const QUrl &url, const StoreOptions &options);

/// The URL of an SQLite file.
QUrl sqliteUrl(const QString &path);

} // namespace rookery::store
