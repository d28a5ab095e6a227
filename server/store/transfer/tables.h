// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <vector>

/// The tables of a store, which are the same on SQLite and PostgreSQL, and their rows as bytes that are equal exactly if the
/// rows are: PostgreSQL's binary form of COPY, without header and trailer.
namespace rookery::store::transfer {

enum class Kind {
    Big, ///< bigint
    Small, ///< smallint
    Id, ///< uuid; 16 bytes in SQLite
    Text,
};

/// What becomes of a NUL, which older versions stored and PostgreSQL has none of.
enum class Nul {
    Refused, ///< it tells two rows apart: nobody may change it but the operator
    Replaced, ///< by U+FFFD, as browsers and Markdown show it
};

struct Column
{
    const char *name;
    Kind kind;
    bool isNullable = false;
    Nul nul = Nul::Refused;
};

struct Table
{
    const char *name;
    int keys; ///< how many of the columns, the first ones, are the primary key
    std::vector<Column> columns;
    const char *condition = nullptr; ///< rows that are copied; none: all
    bool isLog = false; ///< large, and rows are seldom changed

    /// Its columns, separated by commas, quoted.
    QByteArray columnList() const;
    QByteArray keyList() const;
};

/// All that is copied, in the order in which they refer to each other.
const std::vector<Table> &tables();

/// The fields of the primary key in a row, as a part of its bytes. Empty for an empty row.
QByteArrayView keyOf(const Table &table, QByteArrayView row);
/// In the order of the two databases: less than 0 where the first one comes first.
int compareKeys(const Table &table, QByteArrayView first, QByteArrayView second);
/// As a row constructor of PostgreSQL.
QByteArray keyLiteral(const Table &table, QByteArrayView key);
/// For people: `room 3, seq 17`.
QString keyText(const Table &table, QByteArrayView key);

/// The bytes of a field without its length; null where it is NULL. `at` moves behind it.
QByteArrayView takeField(QByteArrayView bytes, qsizetype &at);

/// Many rows, in one piece.
class Rows
{
public:
    size_t size() const { return m_ends.size(); }
    qsizetype bytes() const { return m_bytes.size(); }
    QByteArrayView all() const { return m_bytes; }
    QByteArrayView at(size_t row) const
    {
        const qsizetype begin = row == 0 ? 0 : m_ends[row - 1];
        return QByteArrayView(m_bytes).sliced(begin, m_ends[row] - begin);
    }
    void append(QByteArrayView row)
    {
        m_bytes.append(row);
        m_ends.push_back(m_bytes.size());
    }
    void append(const Rows &others)
    {
        for (size_t i = 0; i < others.size(); ++i)
            append(others.at(i));
    }
    /// Keeps its memory.
    void clear()
    {
        m_bytes.resize(0);
        m_ends.clear();
    }

private:
    QByteArray m_bytes;
    std::vector<qsizetype> m_ends;
};

} // namespace rookery::store::transfer
