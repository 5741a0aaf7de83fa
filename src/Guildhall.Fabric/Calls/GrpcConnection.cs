using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;

namespace Guildhall.Fabric;

/// <summary>gRPC to one server: one message there, any number back, as many as the limit allows.</summary>
/// <remarks>
/// By hand, because three calls with one message each way do not pay for the client package with its three assemblies and its generated
/// stubs, and because that package could not be restored when this was begun. docs/decisions/fabric-by-hand.md weighs it.
/// It is safe for use by several threads at once.
/// </remarks>
internal sealed class GrpcConnection : IDisposable
{
    private const int PrefixLength = 5;
    private const int MaxHeaderKilobytes = 32; // headers and trailers of an answer; gRPC's own limit is 8 KB
    private const int FirstPart = 64 << 10; // what is set aside for a message before any of it has come
    private static readonly MediaTypeHeaderValue Grpc = new("application/grpc");

    private readonly HttpClient client;
    private readonly TimeProvider clock;
    private readonly ServerProof proof;

    public GrpcConnection(NodeEndpoint endpoint, FabricOptions options, TimeProvider clock)
    {
        (Endpoint, this.clock, proof) = (endpoint, clock, new ServerProof(endpoint, options.OnFailure, clock));
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null, // whose request this is for is not the node's business
            ConnectTimeout = options.CallDeadline, // also when nobody waits for the connection any more
            MaxResponseHeadersLength = MaxHeaderKilobytes,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = NothingDownloaded(),
                RemoteCertificateValidationCallback = (_, certificate, _, errors) => proof.Accepts(certificate as X509Certificate2, errors),
            },
        };
        if (options.Connect is { } connect)
        {
            handler.ConnectCallback = (context, cancellationToken) =>
            {
                proof.Begin();
                return connect(context.DnsEndPoint, cancellationToken);
            };
        }

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

    /// <summary>Sends one message, ends the request, and reads messages until the server ends, the deadline passes, or it has sent as many as the limit allows.</summary>
    /// <param name="receipt">Holds what was received until the caller releases it.</param>
    /// <exception cref="GrpcProblem">The call failed, or was ended by the server with another status than 0.</exception>
    public async IAsyncEnumerable<T> CallAsync<T>(
        string path, IMessage message, MessageParser<T> parser, AnswerLimit limit, Receipt receipt, TimeSpan deadline, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        using var time = new CancellationTokenSource(deadline, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        using var response = await GuardAsync(() => SendAsync(path, message, both.Token), cancellationToken);
        if (response.Content.Headers.ContentType?.MediaType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw proof.NotGrpc($"it answered {(int)response.StatusCode} with {response.Content.Headers.ContentType?.MediaType ?? "no content type"}");
        }

        using var body = await GuardAsync(() => response.Content.ReadAsStreamAsync(both.Token), cancellationToken);
        var total = 0L;
        for (var count = 0; await GuardAsync(() => ReadAsync(body, limit, receipt, both.Token), cancellationToken) is { } bytes; count++)
        {
            total += bytes.Length;
            if (count == limit.Messages || total > limit.Total)
            {
                throw TooMuch(count == limit.Messages ? $"{limit.Messages} messages" : $"{limit.Total} bytes");
            }

            yield return Parsed(parser, bytes);
        }

        ThrowUnlessGood(response);
    }

    public void Dispose() => client.Dispose();

    /// <summary>A certificate names addresses where its issuers and its revocation can be had. Whoever answers would choose where to this machine connects.</summary>
    private static X509ChainPolicy NothingDownloaded() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

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

    /// <remarks>Memory is set aside as bytes come, not as the prefix announces: at most twice what has come.</remarks>
    private async Task<byte[]?> ReadAsync(Stream body, AnswerLimit limit, Receipt receipt, CancellationToken cancellationToken)
    {
        var prefix = new byte[PrefixLength];
        var read = await body.ReadAtLeastAsync(prefix, PrefixLength, throwOnEndOfStream: false, cancellationToken);
        if (read == 0)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
        if (read < PrefixLength || prefix[0] != 0)
        {
            throw proof.NotGrpc("its answer is not framed as gRPC frames");
        }

        if (length > limit.Bytes)
        {
            throw TooMuch($"{limit.Bytes} bytes");
        }

        receipt.Take(Math.Min(length, FirstPart));
        var message = new byte[Math.Min(length, FirstPart)];
        for (var filled = 0; filled < length;)
        {
            if (filled == message.Length)
            {
                var larger = (int)Math.Min(length, 2L * message.Length);
                receipt.Take(larger - message.Length);
                Array.Resize(ref message, larger);
            }

            var more = await body.ReadAsync(message.AsMemory(filled), cancellationToken);
            filled += more > 0 ? more : throw new EndOfStreamException("The message ends before its announced length.");
        }

        return message;
    }

    private T Parsed<T>(MessageParser<T> parser, byte[] bytes)
        where T : IMessage<T>
    {
        if (Wire.HasTooManyElements(parser, bytes))
        {
            throw TooMuch($"{WireBudget.MaxElements} elements");
        }

        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException problem)
        {
            throw proof.NotGrpc($"its answer is no {typeof(T).Name}: {problem.Message}");
        }
    }

    private GrpcProblem TooMuch(string limit)
    {
        proof.Tell($"it sends more than {limit}");
        return new GrpcProblem(GrpcFailure.TooMuch, $"{Endpoint} sends more than {limit}, which is as much as is read of it.");
    }

    private void ThrowUnlessGood(HttpResponseMessage response)
    {
        var status = Header("grpc-status");
        if (status == "0")
        {
            return;
        }

        var text = Header("grpc-message") is { } said ? Uri.UnescapeDataString(said) : null;
        throw int.TryParse(status, out var code)
            ? new GrpcProblem(GrpcFailure.Refused, text ?? $"gRPC status {code}", code)
            : proof.NotGrpc($"it answered {(int)response.StatusCode} without a gRPC status");

        string? Header(string name) =>
            response.TrailingHeaders.TryGetValues(name, out var trailer) ? trailer.First() : response.Headers.TryGetValues(name, out var header) ? header.First() : null;
    }

    /// <summary>Runs one part of a call, and says how far the call had come when it fails.</summary>
    private async Task<T> GuardAsync<T>(Func<Task<T>> part, CancellationToken caller)
    {
        try
        {
            return await part();
        }
        catch (OperationCanceledException problem) when (!caller.IsCancellationRequested) // the deadline's end, or that of connecting, whichever was noticed first
        {
            throw proof.TimedOut(problem);
        }
        catch (HttpRequestException problem)
        {
            throw proof.Understood(problem);
        }
        catch (IOException problem)
        {
            throw proof.Broken(problem);
        }
        catch (Exception problem) when (problem is FormatException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw proof.NotDialled(problem);
        }
    }
}
