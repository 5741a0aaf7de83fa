using System.Buffers.Binary;
using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>An orderer or peer that proves by TLS that it is its organization's, and then lies, floods or falls silent.</summary>
internal sealed class HostileServer : IAsyncDisposable
{
    private static readonly byte[] Filler = new byte[64 << 10];

    private readonly StandInServer server;
    private readonly TestOrganization owner;

    private HostileServer(StandInServer server, TestOrganization owner) => (this.server, this.owner) = (server, owner);

    public NodeEndpoint Endpoint => new(new Uri($"https://127.0.0.1:{server.Port}"))
    {
        TlsAuthorities = [System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(owner.TlsAuthority.Pem)],
    };

    /// <param name="certificate">Another one than its organization's own.</param>
    public static async Task<HostileServer> StartAsync(TestOrganization owner, Func<HttpContext, Task> behave, TestCertificate? certificate = null) =>
        new(await StandInServer.StartAsync(0, certificate ?? owner.TlsAuthority.Issue("node.example.com", forTls: true), trusted: null, context => AnswerAsync(context, behave)), owner);

    /// <summary>Begins to answer, and says nothing more.</summary>
    public static async Task Hangs(HttpContext context)
    {
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
    }

    /// <summary>Announces a message of so many bytes, and sends a part of it.</summary>
    public static Func<HttpContext, Task> Announces(uint bytes, int sends = 1) => async context =>
    {
        await context.Response.Body.WriteAsync(Prefix(bytes));
        await context.Response.Body.WriteAsync(Filler.AsMemory(0, sends));
        await Hangs(context);
    };

    /// <summary>Sends a message of so many bytes, all of it.</summary>
    public static Func<HttpContext, Task> Floods(uint bytes) => async context =>
    {
        await context.Response.Body.WriteAsync(Prefix(bytes));
        for (var left = (long)bytes; left > 0; left -= Filler.Length)
        {
            await context.Response.Body.WriteAsync(Filler.AsMemory(0, (int)Math.Min(left, Filler.Length)), context.RequestAborted);
        }
    };

    /// <summary>Sends a byte now and then, so that it is never idle.</summary>
    public static async Task Drips(HttpContext context)
    {
        await context.Response.Body.WriteAsync(Prefix(1 << 20));
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync(Filler.AsMemory(0, 1), context.RequestAborted);
            await Task.Delay(20, context.RequestAborted);
        }
    }

    /// <summary>Delivers messages without end.</summary>
    public static Func<HttpContext, Task> Repeats(Func<int, IMessage> message) => async context =>
    {
        for (var count = 0; !context.RequestAborted.IsCancellationRequested; count++)
        {
            await SendAsync(context, message(count));
        }
    };

    /// <summary>Answers with one message.</summary>
    public static Func<HttpContext, Task> Says(IMessage message) => context => SendAsync(context, message);

    /// <summary>Ends the call with a status.</summary>
    public static Func<HttpContext, Task> Ends(int status, string words) => context =>
    {
        context.Response.AppendTrailer("grpc-status", $"{status}");
        context.Response.AppendTrailer("grpc-message", words);
        return Task.CompletedTask;
    };

    /// <summary>Answers with as many headers.</summary>
    public static Func<HttpContext, Task> AnswersWithHeaders(int count) => context =>
    {
        for (var i = 0; i < count; i++)
        {
            context.Response.Headers[$"x-{i}"] = new string('x', 1000);
        }

        return Task.CompletedTask;
    };

    /// <summary>A block of this number, with nothing in it.</summary>
    public static DeliverResponse BlockOf(ulong number) => new() { Block = new Block { Header = new BlockHeader { Number = number } } };

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context, Func<HttpContext, Task> behave)
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.ContentType = "application/grpc";
        try
        {
            await behave(context);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }

    private static async Task SendAsync(HttpContext context, IMessage message)
    {
        var framed = new byte[5 + message.CalculateSize()];
        Prefix((uint)(framed.Length - 5)).CopyTo(framed, 0);
        message.WriteTo(framed.AsSpan(5));
        await context.Response.Body.WriteAsync(framed, context.RequestAborted);
    }

    private static byte[] Prefix(uint length)
    {
        var prefix = new byte[5];
        BinaryPrimitives.WriteUInt32BigEndian(prefix.AsSpan(1), length);
        return prefix;
    }
}
