"""Django's SMTP backend, which also knows whether a letter may have left when the line breaks."""

import smtplib

from django.core.mail.backends import smtp


class _Smtp(smtplib.SMTP):
    may_have_left = False

    def mail(self, *arguments, **options):
        self.may_have_left = False  # another letter begins
        return super().mail(*arguments, **options)

    def data(self, msg):
        """The one part of the conversation after which nobody can say, if it gets no answer."""
        self.may_have_left = True
        return super().data(msg)


class _SmtpSsl(_Smtp, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self):
        return _SmtpSsl if self.use_ssl else _Smtp

    @property
    def may_have_left(self):
        return isinstance(self.connection, _Smtp) and self.connection.may_have_left
