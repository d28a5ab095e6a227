// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/question.h"

#include "client/views/widgets/plaintext.h"
#include "common/text.h"

#include <QTextBoundaryFinder>

#include <algorithm>

namespace rookery::client {

namespace {

constexpr qsizetype mostQuoted = 300;
constexpr int mostLines = 8;
/// Characters as people count them. A message box cuts without a sign what is wider than itself.
constexpr int longestWord = 32;

bool endsLine(QChar c)
{
    return c == u'\n' || c == u'\v' || c == u'\f' || c == u'\r' || c == QChar(0x85)
        || c == QChar::LineSeparator || c == QChar::ParagraphSeparator;
}

/// The text with places to break everywhere in words that are longer than a line, behind their beginning.
QString breakable(const QString &text)
{
    QString broken;
    QTextBoundaryFinder characters(QTextBoundaryFinder::Grapheme, text);
    int inWord = 0;
    for (qsizetype start = 0; characters.toNextBoundary() >= 0; start = characters.position()) {
        const QStringView character = QStringView(text).sliced(start, characters.position() - start);
        const QChar first = character.front();
        const bool isBreak = first.isSpace() && first.decompositionTag() != QChar::NoBreak;
        inWord = isBreak ? 0 : inWord + 1;
        if (inWord > longestWord)
            broken += QChar(0x200B); // ZERO WIDTH SPACE
        broken += character;
    }
    return broken;
}

} // namespace

QMessageBox *plainQuestion(
    QWidget *parent, QMessageBox::Icon icon, const QString &title, const QString &text, const QString &more)
{
    auto *question = new QMessageBox(parent);
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->setWindowTitle(plainTitle(title));
    question->setIcon(icon);
    // Both labels have to be there, and plain, before they get words of others: HTML is read at once.
    question->setInformativeText(QStringLiteral(" "));
    for (QLabel *label : question->findChildren<QLabel *>())
        label->setTextFormat(Qt::PlainText);
    question->setTextFormat(Qt::PlainText);
    question->setText(withoutBidiControls(text));
    question->setInformativeText(breakable(withoutBidiControls(more)));
    return question;
}

QString quotation(const QString &text)
{
    const QString whole = rookery::text::trimmedMessage(text);
    const QString start = rookery::text::cut(whole, mostQuoted);
    int lines = 1;
    const auto end = std::find_if(
        start.begin(), start.end(), [&lines](QChar c) { return endsLine(c) && ++lines > mostLines; });
    const QString shown(start.begin(), end - start.begin());
    return shown.size() < whole.size() ? shown + u'…' : shown;
}

} // namespace rookery::client
