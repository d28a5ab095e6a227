// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QLatin1String>
#include <QString>
#include <QStringView>

#include <utility>

namespace rookery {

/// Writes compact JSON in UTF-8 straight into one buffer, for what is written many times a second; the bytes
/// are those of toJson() as long as the names of each object are given in its order, which is that of the
/// characters' codes. Everything else is built with QJsonObject and written by toJson().
///
/// Commas are put here; that brackets match and each name has its value is the caller's business.
class JsonWriter
{
public:
    /// `expectedBytes`: room to begin with.
    explicit JsonWriter(qsizetype expectedBytes = 256) { m_out.reserve(expectedBytes); }

    JsonWriter &beginObject() { return begin('{'); }
    JsonWriter &endObject() { return end('}'); }
    JsonWriter &beginArray() { return begin('['); }
    JsonWriter &endArray() { return end(']'); }

    /// `name` must need no escapes.
    JsonWriter &name(QLatin1String name);
    /// Lone surrogates and control characters, those of C1 included, are written as escapes.
    JsonWriter &value(QStringView text);
    JsonWriter &value(const QString &text) { return value(QStringView(text)); }
    /// In ASCII that needs no escapes.
    JsonWriter &value(QLatin1String text);
    JsonWriter &value(qint64 number);
    JsonWriter &value(bool flag);
    JsonWriter &value(const char *) = delete; // would be taken for a bool
    template <typename Value>
    JsonWriter &field(QLatin1String itsName, const Value &itsValue)
    {
        return name(itsName).value(itsValue);
    }
    /// A value, or several with their commas, that are JSON already; nothing where empty.
    JsonWriter &raw(QByteArrayView json);

    QByteArray take() { return std::move(m_out); }

private:
    JsonWriter &begin(char bracket);
    JsonWriter &end(char bracket);
    void separate();

    QByteArray m_out;
    bool m_comma = false; ///< something stands before, in the same brackets
};

} // namespace rookery
