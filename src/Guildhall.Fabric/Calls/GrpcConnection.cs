using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;

namespace Guildhall.Fabric;

/// <summary>gRPC to one server: one message there, any number back.</summary>
/// <remarks>
/// By hand, because three calls with one message each way do not pay for the client package with its three assemblies and its generated
/// stubs, and because that package could not be restored when this was begun. docs/decisions/fabric-by-hand.md weighs it.
/// It is safe for use by several threads at once.
/// </remarks>
internal sealed class GrpcConnection : IDisposable
{
    private const int PrefixLength = 5;
    private const int MaxMessage = 100 << 20; // what Fabric's own nodes accept
    private static readonly MediaTypeHeaderValue Grpc = new("application/grpc");

    private readonly HttpClient client;
    private readonly TimeProvider clock;
    private string? tlsProblem;

    public GrpcConnection(NodeEndpoint endpoint, TimeProvider clock)
    {
        (Endpoint, this.clock) = (endpoint, clock);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsExpected(certificate as X509Certificate2, errors),
            },
        };
        if (endpoint.ClientCertificate is { } own)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(own, additionalCertificates: null, offline: true);
            TlsCertificateHash = ByteString.CopyFrom(SHA256.HashData(own.RawDataMemory.Span));
        }

        client = new HttpClient(handler) { BaseAddress = endpoint.Address, Timeout = Timeout.InfiniteTimeSpan };
    }

    public NodeEndpoint Endpoint { get; }

    /// <summary>The client certificate's hash, which Deliver demands under mutual TLS; empty without.</summary>
    public ByteString TlsCertificateHash { get; } = ByteString.Empty;

    /// <summary>Sends one message, ends the request, and reads messages until the server ends or the deadline passes.</summary>
    /// <exception cref="GrpcProblem">The call failed, or was ended by the server with another status than 0.</exception>
    public async IAsyncEnumerable<T> CallAsync<T>(
        string path, IMessage message, MessageParser<T> parser, TimeSpan deadline, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        using var time = new CancellationTokenSource(deadline, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        using var response = await GuardAsync(() => SendAsync(path, message, both.Token), time, cancellationToken);
        using var body = await GuardAsync(() => response.Content.ReadAsStreamAsync(both.Token), time, cancellationToken);
        while (await GuardAsync(() => ReadAsync(body, both.Token), time, cancellationToken) is { } bytes)
        {
            yield return parser.ParseFrom(bytes);
        }

        ThrowUnlessGood(response);
    }

    public void Dispose() => client.Dispose();

    private async Task<HttpResponseMessage> SendAsync(string path, IMessage message, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Framed(message)) { Headers = { ContentType = Grpc } },
        };
        request.Headers.Host = Endpoint.ServerName; // the name that TLS asks for and expects; null leaves the address's host
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private static byte[] Framed(IMessage message)
    {
        var framed = new byte[PrefixLength + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), framed.Length - PrefixLength); // byte 0 stays 0: not compressed
        message.WriteTo(framed.AsSpan(PrefixLength));
        return framed;
    }

    private static async Task<byte[]?> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var prefix = new byte[PrefixLength];
        var read = await body.ReadAtLeastAsync(prefix, PrefixLength, throwOnEndOfStream: false, cancellationToken);
        if (read == 0)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
        if (read < PrefixLength || prefix[0] != 0 || length > MaxMessage)
        {
            throw new GrpcProblem(GrpcFailure.Broken, "The answer is not a gRPC message that this client can read.");
        }

        var message = new byte[length];
        await body.ReadExactlyAsync(message, cancellationToken);
        return message;
    }

    private static void ThrowUnlessGood(HttpResponseMessage response)
    {
        var status = Header("grpc-status");
        if (status == "0")
        {
            return;
        }

        var text = Header("grpc-message") is { } said ? Uri.UnescapeDataString(said) : null;
        throw int.TryParse(status, out var code)
            ? new GrpcProblem(GrpcFailure.Refused, text ?? $"gRPC status {code}", code)
            : new GrpcProblem(GrpcFailure.Broken, $"The server answered {(int)response.StatusCode}, and not as gRPC does. Is this the address of an orderer or peer?");

        string? Header(string name) =>
            response.TrailingHeaders.TryGetValues(name, out var trailer) ? trailer.First() : response.Headers.TryGetValues(name, out var header) ? header.First() : null;
    }

    /// <summary>Runs one part of a call, and says how far the call had come when it fails.</summary>
    private async Task<T> GuardAsync<T>(Func<Task<T>> part, CancellationTokenSource time, CancellationToken caller)
    {
        try
        {
            return await part();
        }
        catch (OperationCanceledException problem) when (time.IsCancellationRequested && !caller.IsCancellationRequested)
        {
            throw new GrpcProblem(GrpcFailure.TimedOut, $"{Endpoint} did not answer in time.", inner: problem);
        }
        catch (HttpRequestException problem)
        {
            throw Understood(problem);
        }
        catch (IOException problem)
        {
            throw new GrpcProblem(GrpcFailure.Broken, $"The connection to {Endpoint} broke: {Deepest(problem)}", inner: problem);
        }
    }

    private GrpcProblem Understood(HttpRequestException problem) => problem.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError =>
            new GrpcProblem(GrpcFailure.NotReached, $"Nobody answers at {Endpoint}: {Deepest(problem)}", inner: problem),
        HttpRequestError.SecureConnectionError =>
            new GrpcProblem(GrpcFailure.TlsRefused, $"No TLS connection to {Endpoint}: {tlsProblem ?? Deepest(problem)}", inner: problem),
        _ => new GrpcProblem(GrpcFailure.Broken, $"The connection to {Endpoint} broke: {Deepest(problem)}", inner: problem),
    };

    private bool IsExpected(X509Certificate2? certificate, SslPolicyErrors errors)
    {
        tlsProblem = certificate is null
            ? "the server showed no certificate"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                ? $"the server's certificate (\"{certificate.Subject}\") is not for {Endpoint.ServerName ?? Endpoint.Address.Host}; set the expected name, in a connection profile ssl-target-name-override"
                : CertificateChain.WhyNotIssued(certificate, Endpoint.TlsAuthorities, clock.GetUtcNow());
        return tlsProblem is null;
    }

    private static string Deepest(Exception problem) => problem.GetBaseException().Message;
}
