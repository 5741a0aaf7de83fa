using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Guildhall.Tests.Fabric;

/// <summary>A server that speaks gRPC over TLS as far as the calls here need it: one message in, any number out, a status.</summary>
internal sealed class StandInServer : IAsyncDisposable
{
    private readonly WebApplication server;

    private StandInServer(WebApplication server) => this.server = server;

    public int Port => new Uri(server.Urls.Single()).Port;

    /// <param name="trusted">Which client certificates mutual TLS takes; null without mutual TLS.</param>
    /// <param name="calls">Each, by its path, answers with messages, or throws <see cref="StandInStatus"/>.</param>
    public static Task<StandInServer> StartAsync(
        int port, TestCertificate certificate, Func<X509Certificate2, bool>? trusted, IReadOnlyDictionary<string, Func<HttpContext, byte[], IAsyncEnumerable<IMessage>>> calls) =>
        StartAsync(port, certificate, trusted, context => AnswerAsync(context, calls[context.Request.Path]));

    /// <param name="answer">Answers every request, as it likes.</param>
    public static async Task<StandInServer> StartAsync(int port, TestCertificate certificate, Func<X509Certificate2, bool>? trusted, RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = certificate.ToX509();
                https.ClientCertificateMode = trusted is null ? ClientCertificateMode.NoCertificate : ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (shown, _, _) => trusted!(shown);
            });
        }));
        var built = builder.Build();
        built.Run(answer);
        await built.StartAsync();
        return new StandInServer(built);
    }

    /// <summary>Whether one of the authorities, each in PEM, has issued the certificate.</summary>
    public static bool IsIssuedBy(X509Certificate2 certificate, IEnumerable<string> authorities) =>
        authorities.Any(pem => certificate.IssuerName.RawData.AsSpan().SequenceEqual(X509Certificate2.CreateFromPem(pem).SubjectName.RawData));

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await server.StopAsync(atOnce.Token);
        await server.DisposeAsync();
    }

    private static async Task AnswerAsync(HttpContext context, Func<HttpContext, byte[], IAsyncEnumerable<IMessage>> answer)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        context.Response.ContentType = "application/grpc";
        try
        {
            await foreach (var message in answer(context, body.ToArray()[5..]))
            {
                var framed = new byte[5 + message.CalculateSize()];
                BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), framed.Length - 5);
                message.WriteTo(framed.AsSpan(5));
                await context.Response.Body.WriteAsync(framed);
                await context.Response.Body.FlushAsync();
            }

            context.Response.AppendTrailer("grpc-status", "0");
        }
        catch (StandInStatus problem)
        {
            context.Response.AppendTrailer("grpc-status", $"{problem.Code}");
            context.Response.AppendTrailer("grpc-message", Uri.EscapeDataString(problem.Message));
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }
}

/// <summary>A gRPC status other than 0.</summary>
internal sealed class StandInStatus(int code, string words) : Exception(words)
{
    public int Code => code;
}
