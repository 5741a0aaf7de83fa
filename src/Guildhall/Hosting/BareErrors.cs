using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Guildhall.Api;
using Guildhall.Api.Wire;
using Guildhall.Memberships;
using Microsoft.AspNetCore.Connections;

namespace Guildhall.Hosting;

/// <summary>
/// Gives the documented body and a request id to the errors that Kestrel answers by itself, before there is a request that
/// <see cref="RequestGuard"/> could see: bytes that are not HTTP, a missing Host, a flood of headers past Kestrel's own limits.
/// </summary>
/// <remarks>
/// Kestrel has no hook for these, so they are known by what they look like when written: an error without a body and without an
/// X-Request-Id, which every answer of ours has. Inside TLS they cannot be seen, and stay bare.
/// </remarks>
internal sealed partial class BareErrors(ILogger<BareErrors> log)
{
    private const int MaxBareLength = 512;

    public ConnectionDelegate Dress(ConnectionDelegate next) => async connection =>
    {
        var transport = connection.Transport;
        connection.Transport = new Dressed(transport.Input, new DressingWriter(transport.Output, this));
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    };

    /// <summary>The answer in the place of a bare error; null for everything else.</summary>
    private byte[]? Replace(ReadOnlySpan<byte> written)
    {
        if (written.Length > MaxBareLength
            || !(written.StartsWith("HTTP/1.1 4"u8) || written.StartsWith("HTTP/1.1 5"u8))
            || written.IndexOf("\r\nContent-Length: 0\r\n"u8) < 0
            || written.IndexOf("\r\nConnection: close\r\n"u8) < 0
            || written.IndexOf("\r\nX-Request-Id: "u8) >= 0)
        {
            return null;
        }

        var statusLine = Encoding.ASCII.GetString(written[..written.IndexOf("\r\n"u8)]);
        var status = int.Parse(statusLine.AsSpan(9, 3));
        var refusal = RefusalOf(status);
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        RefusedUnseen(id, status, refusal.Code);
        var body = JsonSerializer.SerializeToUtf8Bytes(new Error(refusal.Code, refusal.Message), Answers.Json.Error);
        var head = $"{statusLine}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\nX-Request-Id: {id}\r\nX-Content-Type-Options: nosniff\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    private static Refusal RefusalOf(int status) => status switch
    {
        StatusCodes.Status408RequestTimeout => Refusal.BodyTooSlow,
        StatusCodes.Status413PayloadTooLarge => Refusal.BodyTooLarge,
        StatusCodes.Status414UriTooLong => Refusal.UriTooLong,
        StatusCodes.Status431RequestHeaderFieldsTooLarge => Refusal.HeadersTooLarge,
        StatusCodes.Status505HttpVersionNotsupported => Refusal.ProtocolUnsupported,
        _ => Refusal.RequestMalformed,
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "Request {RequestId} was refused before it could be read: {Status} {Code}")]
    private partial void RefusedUnseen(string requestId, int status, string code);

    private sealed record Dressed(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Looks at each piece that is written, and passes it on.</summary>
    private sealed class DressingWriter(PipeWriter inner, BareErrors errors) : PipeWriter
    {
        private Memory<byte> lent;

        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => lent = inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override void Advance(int bytes)
        {
            if (errors.Replace(lent.Span[..bytes]) is { } answer)
            {
                inner.Write(answer);
            }
            else
            {
                inner.Advance(bytes);
            }
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(source, cancellationToken);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
    }
}
