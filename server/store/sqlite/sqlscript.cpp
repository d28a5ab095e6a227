// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/sqlscript.h"

namespace rookery::store {

namespace {

/// The position behind a token that begins with a delimiter; the script's end if it is never closed.
qsizetype behind(const QString &script, qsizetype from, QStringView closing)
{
    const qsizetype at = script.indexOf(closing, from);
    return at < 0 ? script.size() : at + closing.size();
}

bool isWordCharacter(QChar c)
{
    return c.isLetterOrNumber() || c == u'_';
}

/// Follows the words and semicolons of one statement to find its end.
class StatementEnd
{
public:
    void word(QStringView text)
    {
        const auto is = [text](QLatin1String keyword) {
            return text.compare(keyword, Qt::CaseInsensitive) == 0;
        };
        if (m_words == 0)
            m_create = is(QLatin1String("create"));
        else if (m_create && !m_trigger && (m_words == 1 || (m_words == 2 && m_temporary)))
            m_trigger = is(QLatin1String("trigger"));
        if (m_words == 1)
            m_temporary = is(QLatin1String("temp")) || is(QLatin1String("temporary"));
        m_endAfterSemicolon = m_afterSemicolon && is(QLatin1String("end"));
        m_afterSemicolon = false;
        ++m_words;
    }
    void other()
    {
        m_afterSemicolon = false;
        m_endAfterSemicolon = false;
    }
    /// Whether this semicolon ends the statement.
    bool semicolon()
    {
        if (!m_trigger || m_endAfterSemicolon)
            return true;
        m_afterSemicolon = true;
        return false;
    }

private:
    int m_words = 0;
    bool m_create = false;
    bool m_temporary = false;
    bool m_trigger = false;
    bool m_afterSemicolon = false;
    bool m_endAfterSemicolon = false;
};

} // namespace

QStringList splitStatements(const QString &script)
{
    QStringList statements;
    QString current;
    StatementEnd end;
    const auto finish = [&] {
        current = current.trimmed();
        if (!current.isEmpty())
            statements.append(current);
        current.clear();
        end = StatementEnd();
    };

    qsizetype at = 0;
    while (at < script.size()) {
        const QChar c = script.at(at);
        const QChar following = at + 1 < script.size() ? script.at(at + 1) : QChar();
        qsizetype next = at + 1;
        if (c == u'-' && following == u'-') {
            at = behind(script, at, u"\n");
            current += u'\n'; // a comment separates words as white space does
            continue;
        }
        if (c == u'/' && following == u'*') {
            at = behind(script, at + 2, u"*/");
            current += u' ';
            continue;
        }
        if (c == u';') {
            if (end.semicolon())
                finish();
            else
                current += c;
            at = next;
            continue;
        }
        if (c == u'\'' || c == u'"' || c == u'`') {
            next = behind(script, next, QStringView(&c, 1)); // a doubled quote is two strings side by side
            end.other();
        } else if (c == u'[') {
            next = behind(script, next, u"]");
            end.other();
        } else if (isWordCharacter(c)) {
            while (next < script.size() && isWordCharacter(script.at(next)))
                ++next;
            end.word(QStringView(script).sliced(at, next - at));
        } else if (!c.isSpace()) {
            end.other();
        }
        current += QStringView(script).sliced(at, next - at);
        at = next;
    }
    finish();
    return statements;
}

} // namespace rookery::store
