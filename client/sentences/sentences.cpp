// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/sentences/sentences.h"

#include "common/closecode.h"
#include "common/printable.h"

#include <QCoreApplication>
#include <QDir>
#include <QLocale>
#include <QRegularExpression>
#include <QTranslator>

namespace rookery::client {

namespace {

/// The context of the translations.
struct Sentences
{
    Q_DECLARE_TR_FUNCTIONS(Sentences)
};

/// The plural forms of the language that the sources are written in: `%n message(s) (is|are) not sent`.
class English : public QTranslator
{
public:
    using QTranslator::QTranslator;

    bool isEmpty() const override { return false; }
    QString translate(const char *, const char *source, const char *, int n) const override
    {
        if (n < 0)
            return {};
        static const QRegularExpression either(QStringLiteral("\\((\\w+)\\|(\\w+)\\)"));
        QString text = QString::fromUtf8(source);
        text.replace(QLatin1String("(s)"), n == 1 ? QLatin1String() : QLatin1String("s"));
        return text.replace(either, n == 1 ? QStringLiteral("\\1") : QStringLiteral("\\2"));
    }
};

/// Before every other one, which then comes first.
void installEnglish()
{
    QCoreApplication::installTranslator(new English(qApp));
}
Q_COREAPP_STARTUP_FUNCTION(installEnglish)

QString day(const QDateTime &time)
{
    return QLocale().toString(time.toLocalTime().date(), QLocale::LongFormat);
}

QString cannotReach(const Problem &problem, const QString &reason)
{
    return Sentences::tr("Cannot reach %1: %2.").arg(problem.server, reason);
}

QString ownWords(QString text)
{
    while (text.endsWith(u'.'))
        text.chop(1);
    return text.isEmpty() ? Sentences::tr("unknown network error") : text;
}

QString tlsReason(TlsFault fault)
{
    switch (fault) {
    case TlsFault::SelfSigned:
        return Sentences::tr("its certificate is self-signed and not trusted by this computer");
    case TlsFault::OtherHost:
        return Sentences::tr("its certificate was made for another host name");
    case TlsFault::Expired:
        return Sentences::tr("its certificate has expired");
    case TlsFault::NotYetValid:
        return Sentences::tr("its certificate is not valid yet (is this computer's clock right?)");
    case TlsFault::UnknownAuthority:
        return Sentences::tr("its certificate comes from an authority that this computer does not trust");
    case TlsFault::Other:
        break;
    }
    return Sentences::tr("no encrypted connection could be made (does it speak TLS on this port?)");
}

QString closeSentence(qint64 code)
{
    switch (CloseCode(code)) {
    case CloseCode::Normal:
        return Sentences::tr("The server closed the connection.");
    case CloseCode::GoingAway:
    case CloseCode::ServiceRestart:
        return Sentences::tr("The server is restarting.");
    case CloseCode::Abnormal:
        return Sentences::tr("The connection was lost.");
    case CloseCode::InternalError:
        return Sentences::tr("The server had an internal error.");
    case CloseCode::ProtocolError:
    case CloseCode::UnsupportedData:
    case CloseCode::InvalidPayload:
    case CloseCode::PolicyViolation:
        return Sentences::tr("The server does not accept this client.");
    case CloseCode::TooBig:
        return Sentences::tr("A message was too big for the connection.");
    case CloseCode::Unauthorized:
        return Sentences::tr("This log-in is no longer good. Log in again.");
    case CloseCode::SlowReader:
        return Sentences::tr("The connection was too slow to keep up.");
    default:
        return Sentences::tr("The server closed the connection (code %1).").arg(code);
    }
}

/// Where the server has said nothing itself.
QString refusal(ErrorCode code)
{
    switch (code) {
    case ErrorCode::MessageTooLong:
    case ErrorCode::PayloadTooLarge:
        return Sentences::tr("The server does not take a message of this size.");
    case ErrorCode::Unauthorized:
        return closeSentence(qint64(CloseCode::Unauthorized));
    case ErrorCode::BadCredentials:
        return Sentences::tr("The user name or the password is wrong.");
    case ErrorCode::Forbidden:
        return Sentences::tr("You are not allowed to do this.");
    case ErrorCode::NotFound:
        return Sentences::tr("The server does not have this.");
    case ErrorCode::NameTaken:
        return Sentences::tr("This name is taken.");
    case ErrorCode::RateLimited:
    case ErrorCode::Overloaded:
        return Sentences::tr("The server is busy. Try again later.");
    case ErrorCode::StorageFull:
        return Sentences::tr("The server's disk is full.");
    case ErrorCode::StorageUnavailable:
        return Sentences::tr("The server's disk fails.");
    default:
        return Sentences::tr("The server refused this without saying why.");
    }
}

QString httpStatus(const Problem &problem)
{
    return Sentences::tr("HTTP status %1 (%2)")
        .arg(QString::number(problem.number),
            problem.detail.isEmpty() ? Sentences::tr("no reason given") : printableLine(problem.detail));
}

/// What was typed, and what cannot be sent.
QString ofInput(const Problem &problem)
{
    switch (problem.kind) {
    case Problem::NoAddress:
        return Sentences::tr("Enter the address of a server, such as chat.example.org.");
    case Problem::BadAddress:
        return Sentences::tr("'%1' is not the address of a server.").arg(problem.detail);
    case Problem::BadScheme:
        return Sentences::tr("An address starts with https:// or http://, not with %1://.")
            .arg(problem.detail);
    case Problem::UserInAddress:
        return Sentences::tr("Enter the name in its own field, not in the address.");
    case Problem::QueryInAddress:
        return Sentences::tr("Enter the address without the part that begins with '%1'.").arg(problem.detail);
    case Problem::BadPort:
        return Sentences::tr("0 is not a port that a server can be reached at.");
    case Problem::NoUserName:
        return Sentences::tr("Enter your name.");
    case Problem::NoPassword:
        return Sentences::tr("Enter your password.");
    case Problem::NoRoomName:
        return Sentences::tr("Enter the name of a room.");
    case Problem::EmptyMessage:
        return Sentences::tr("The message is empty.");
    case Problem::LongMessage:
        return Sentences::tr(
            "The message has %n character(s); at most %1 can be sent.", nullptr, int(problem.number))
            .arg(problem.limit);
    case Problem::NotInRoom:
        return Sentences::tr("You are not in this room.");
    default:
        return {};
    }
}

/// On the way to the server, and what is found there.
QString ofServer(const Problem &problem)
{
    switch (problem.kind) {
    case Problem::ConnectionRefused:
        return cannotReach(problem, Sentences::tr("connection refused"));
    case Problem::ConnectionClosed:
        return cannotReach(problem, Sentences::tr("it closed the connection"));
    case Problem::HostNotFound:
        return cannotReach(problem, Sentences::tr("there is no such host"));
    case Problem::NoAnswer:
        return cannotReach(problem, Sentences::tr("it does not answer"));
    case Problem::NetworkDown:
        return cannotReach(problem, Sentences::tr("the network is down"));
    case Problem::Redirected:
        return cannotReach(problem, Sentences::tr("it redirects to another address"));
    case Problem::TlsFailed:
        return cannotReach(problem, tlsReason(problem.fault));
    case Problem::BadCertificate:
        return problem.certificate ? inWords(*problem.certificate) : QString();
    case Problem::NoWebSocket:
        return cannotReach(
            problem, Sentences::tr("it opens no WebSocket (a proxy in between may be the reason)"));
    case Problem::NetworkFailed:
        return cannotReach(problem, ownWords(problem.detail));
    case Problem::ForeignText:
        return Sentences::tr("%1 answers: %2").arg(problem.server, printableLine(problem.detail));
    case Problem::Unavailable:
        return Sentences::tr("%1 is not available now: what stands in front of it answers with %2.")
            .arg(problem.server, httpStatus(problem));
    case Problem::MaybeEncrypted:
        return Sentences::tr("%1 answers with %2. Does its address begin with https://?")
            .arg(problem.server, httpStatus(problem));
    case Problem::ForeignAnswer:
        return Sentences::tr("%1 answers with %2. Is it a Rookery server?")
            .arg(problem.server, httpStatus(problem));
    case Problem::NoJson:
        return Sentences::tr("%1 answers with something else than JSON. Is it a Rookery server?")
            .arg(problem.server);
    case Problem::LargeAnswer:
        return Sentences::tr("%1 sends more at once than Rookery takes.").arg(problem.server);
    case Problem::UnreadableAnswer:
        return Sentences::tr("The server's answer cannot be read: %1").arg(printableLine(problem.detail));
    default:
        return {};
    }
}

QString ofFile(const Problem &problem)
{
    const QString path = QDir::toNativeSeparators(problem.path);
    const auto failed = [&](const QString &sentence) {
        return sentence.arg(path, qt_error_string(int(problem.number)));
    };
    const auto refused = [&](const QString &why) {
        return Sentences::tr("The log-in kept in %1 is not used: %2.").arg(path, why);
    };
    switch (problem.kind) {
    case Problem::LogInNotRead:
        return failed(Sentences::tr("The kept log-in cannot be read from %1: %2."));
    case Problem::LogInNotKept:
        return failed(Sentences::tr("The log-in cannot be kept in %1: %2."));
    case Problem::LogInNotDeleted:
        return failed(Sentences::tr("The kept log-in cannot be deleted from %1: %2."));
    case Problem::LogInFileIsLink:
        return refused(Sentences::tr("it is a link to another file"));
    case Problem::LogInFileIsNoFile:
        return refused(Sentences::tr("it is not a regular file"));
    case Problem::LogInFileOfOther:
        return refused(Sentences::tr("the file belongs to another user"));
    case Problem::LogInFileOpen:
        return refused(
            Sentences::tr("others on this computer may use the file (its mode is %1 instead of 0600), so the "
                          "log-in may not be yours alone any more")
                .arg(problem.number, 4, 8, QLatin1Char('0')));
    case Problem::LogInFileTooLarge:
        return refused(Sentences::tr("the file is too large"));
    case Problem::LogInFileDamaged:
        return refused(Sentences::tr("its content is damaged (%1)").arg(ownWords(problem.detail)));
    default:
        return {};
    }
}

QString ofKeyring(Problem::Kind kind)
{
    switch (kind) {
    case Problem::KeyringLostLogIn:
        return Sentences::tr("This computer's keyring no longer has the log-in.");
    case Problem::KeyringLocked:
        return Sentences::tr("This computer's keyring was not unlocked.");
    case Problem::KeyringUnusable:
        return Sentences::tr("This computer's keyring cannot be used.");
    case Problem::NoKeyring:
        return Sentences::tr("This version of Rookery was built without support for keyrings.");
    default:
        return {};
    }
}

QString ofCache(const Warning &warning)
{
    switch (warning.trouble) {
    case CacheTrouble::Unusable:
        return Sentences::tr("Nothing can be kept on this computer: %1 cannot be used.").arg(warning.path);
    case CacheTrouble::Damaged:
        return Sentences::tr(
            "What was kept on this computer was damaged and is fetched from the server again. "
            "Drafts and unsent messages were taken over where they could be read. The old "
            "file is %1.")
            .arg(warning.path);
    case CacheTrouble::Newer:
        return Sentences::tr(
            "What was kept on this computer is from a later version of Rookery and is fetched "
            "from the server again. Drafts and unsent messages were taken over where they "
            "could be read. The old file is %1.")
            .arg(warning.path);
    case CacheTrouble::DamagedAgain:
        return Sentences::tr(
            "What is kept on this computer was damaged again; nothing more is kept until the next start.");
    }
    return {};
}

} // namespace

QString inWords(const Problem &problem)
{
    switch (problem.kind) {
    case Problem::None:
        return {};
    case Problem::Refused:
        return problem.detail.isEmpty() ? refusal(problem.code) : printableLine(problem.detail);
    case Problem::Closed:
        return closeSentence(problem.number);
    case Problem::Silent:
        return Sentences::tr("The server does not answer.");
    case Problem::WentSilent:
        return Sentences::tr("The server does not answer any more.");
    case Problem::Asleep:
        return Sentences::tr("The computer was asleep.");
    case Problem::EventsMissing:
        return Sentences::tr("Some messages did not arrive.");
    case Problem::LargeFrame:
        return Sentences::tr("The server sends more at once than Rookery takes. The connection was closed.");
    case Problem::ManyRooms:
        return Sentences::tr(
            "The server names more rooms than Rookery takes (%1). The connection was closed.")
            .arg(problem.limit);
    case Problem::EndlessRooms:
        return Sentences::tr("The server's list of rooms does not end. The connection was closed.");
    case Problem::SlowServer:
        return Sentences::tr("The server does not take what Rookery sends.");
    case Problem::AwaitingKeyring:
        return Sentences::tr("Waiting for this computer's keyring.");
    case Problem::LoggedOut:
        return Sentences::tr("You have logged out.");
    case Problem::FullTimeline:
        return Sentences::tr("Rookery does not show more of this room at once.");
    case Problem::Contradiction:
        return Sentences::tr("What the server says about this room contradicts itself.");
    case Problem::OnlyChanges:
        return Sentences::tr("The latest events of this room only change old messages, which are far back. "
                             "Retry looks further.");
    default:
        break;
    }
    for (const QString &words : {ofInput(problem), ofServer(problem), ofFile(problem)}) {
        if (!words.isEmpty())
            return words;
    }
    return ofKeyring(problem.kind);
}

QString inWords(const SendFailure &failure)
{
    switch (failure.kind) {
    case SendFailure::None:
        return {};
    case SendFailure::Refused:
        return failure.detail.isEmpty() ? refusal(failure.code) : printableLine(failure.detail);
    case SendFailure::NotInRoom:
        return Sentences::tr("You were no longer in this room.");
    case SendFailure::Sentence:
        return printableLine(failure.detail);
    }
    return {};
}

QString inWords(const Warning &warning)
{
    switch (warning.kind) {
    case Warning::Kind::NotSent:
        return Sentences::tr("A message to %1 was not sent. %2")
            .arg(printableLine(warning.room), inWords(warning.failure));
    case Warning::Kind::LostRoom:
        return Sentences::tr(
            "You are no longer in %1. %n message(s) to it could not be sent; kept in case you come back.",
            nullptr, warning.count)
            .arg(warning.room.isEmpty() ? Sentences::tr("a room") : printableLine(warning.room));
    case Warning::Kind::Unsaved:
        return Sentences::tr("Messages cannot be saved on this computer (is its disk full?). What the server "
                             "does not have yet is lost when Rookery is closed.");
    case Warning::Kind::Cache:
        return ofCache(warning);
    }
    return {};
}

QString inWords(const Removal &removal, const QString &room)
{
    const QString where = room.isEmpty() ? Sentences::tr("this room") : printableLine(room);
    const QString by = printableLine(removal.by);
    if (removal.isBan)
        return by.isEmpty() ? Sentences::tr("You are banned from %1.").arg(where)
                            : Sentences::tr("You are banned from %1, by %2.").arg(where, by);
    return by.isEmpty() ? Sentences::tr("You are no longer in %1.").arg(where)
                        : Sentences::tr("%1 has removed you from %2.").arg(by, where);
}

QString inWords(const CertificateProblem &certificate)
{
    using Reason = CertificateProblem::Reason;
    switch (certificate.reason) {
    case Reason::Untrusted:
        return Sentences::tr("%1 cannot be trusted yet: %2.")
            .arg(certificate.server, tlsReason(certificate.fault));
    case Reason::Expired:
        return Sentences::tr("The certificate of %1 that you trust has expired on %2.")
            .arg(certificate.server, day(certificate.validUntil));
    case Reason::NotYetValid:
        return Sentences::tr(
            "The certificate of %1 that you trust is not valid before %2. Is this computer's "
            "clock right?")
            .arg(certificate.server, day(certificate.validFrom));
    case Reason::Changed:
        return Sentences::tr("The certificate of %1 has changed: it is not the one that you trust.")
            .arg(certificate.server);
    case Reason::ChangedToVouched:
        return Sentences::tr(
            "The certificate of %1 has changed: it is not the one that you trust. An authority "
            "that this computer trusts vouches for the new one.")
            .arg(certificate.server);
    }
    return {};
}

QString inWords(std::chrono::milliseconds time)
{
    const qint64 seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
    constexpr qint64 minute = 60;
    constexpr qint64 hour = 60 * minute;
    constexpr qint64 day = 24 * hour;
    if (seconds % day == 0 && seconds >= 2 * day)
        return Sentences::tr("%n day(s)", nullptr, int(seconds / day));
    if (seconds % hour == 0 && seconds > 0)
        return Sentences::tr("%n hour(s)", nullptr, int(seconds / hour));
    if (seconds % minute == 0 && seconds > 0)
        return Sentences::tr("%n minute(s)", nullptr, int(seconds / minute));
    return Sentences::tr("%n second(s)", nullptr, int(seconds));
}

} // namespace rookery::client
