// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/dialogs/certificatedialog.h"

#include "client/sentences/sentences.h"
#include "client/session/chat.h"
#include "client/views/widgets/plaintext.h"
#include "common/printable.h"

#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QFormLayout>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

namespace rookery::client {

namespace {

QString timeText(const QDateTime &time)
{
    return time.isValid() ? QLocale().toString(time.toLocalTime(), QLocale::ShortFormat) : QString();
}

/// Two lines that can be compared group by group.
QString inTwoLines(const QString &fingerprint)
{
    const qsizetype half = (fingerprint.size() + 1) / 2;
    return fingerprint.left(half) + u'\n' + fingerprint.mid(half);
}

QString advice()
{
    return CertificateDialog::tr(
        "Only the server itself says that it is the right one. Ask whoever runs it for the fingerprint and "
        "compare. If you are not sure, cancel: it may be somebody who wants to read your password and your "
        "messages.");
}

QString adviceIfChanged()
{
    return CertificateDialog::tr(
        "Either whoever runs the server has renewed it, or somebody else answers in its place, to read your "
        "password and your messages. Ask whoever runs the server before you go on.");
}

} // namespace

CertificateDialog::CertificateDialog(const CertificateProblem &problem, QWidget *parent)
    : QDialog(parent)
    , m_fingerprint(problem.fingerprint)
{
    setWindowTitle(
        problem.hasChanged() ? tr("The certificate has changed") : tr("Is this the right server?"));
    const auto paragraph = [this](const QString &text) {
        QLabel *label = plainLabel(this, text);
        label->setWordWrap(true);
        return label;
    };
    QLabel *reason = paragraph(printableLine(inWords(problem)));
    scaleFont(reason, 1.1, true);

    auto *facts = new QFormLayout;
    facts->setLabelAlignment(Qt::AlignLeading | Qt::AlignTop);
    const auto add = [&](const QString &name, const QString &value) {
        QLabel *label = paragraph(value);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        label->setAccessibleName(QStringLiteral("%1: %2").arg(name, value));
        facts->addRow(plainLabel(this, name), label);
        return label;
    };
    add(tr("Server"), printableLine(problem.server));
    add(tr("Issued to"), printableLine(problem.subject));
    add(tr("Issued by"), printableLine(problem.issuer));
    add(tr("Valid"), tr("%1 until %2").arg(timeText(problem.validFrom), timeText(problem.validUntil)));
    QLabel *fingerprint = add(tr("SHA-256 fingerprint"), inTwoLines(problem.fingerprint));
    fingerprint->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    fingerprint->setWordWrap(false);
    fingerprint->setAccessibleName(tr("SHA-256 fingerprint: %1").arg(problem.fingerprint));

    auto *buttons = new QDialogButtonBox(this);
    m_trust = buttons->addButton(
        problem.hasChanged() ? tr("&Trust the new certificate") : tr("&Trust this certificate"),
        QDialogButtonBox::AcceptRole);
    m_cancel = buttons->addButton(QDialogButtonBox::Cancel);
    m_cancel->setText(tr("&Cancel"));
    m_cancel->setDefault(true);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->setSpacing(14);
    layout->addWidget(reason);
    layout->addWidget(paragraph(problem.hasChanged() ? adviceIfChanged() : advice()));
    layout->addLayout(facts);
    layout->addWidget(buttons);
    m_cancel->setFocus();
}

} // namespace rookery::client
