using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>An orderer that passes calls on to a network's own, and shows other blocks than that one has.</summary>
internal sealed class LyingOrderer : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly GrpcConnection own;
    private readonly TestAuthority authority;
    private StandInServer? server;

    private LyingOrderer(FabricNetwork network) =>
        (own, authority) = (new GrpcConnection(network.Orderer, FabricOptions.Default, TimeProvider.System), network.OrdererOrganization.TlsAuthority);

    /// <summary>What it shows in place of a configuration.</summary>
    public Action<Config> Lie { get; set; } = static _ => { };

    /// <summary>What it shows in place of block 0 to who asks for that by its number, or for the oldest.</summary>
    public Func<Block, Block> ReplaceOldest { get; set; } = static block => block;

    public NodeEndpoint Endpoint => new(new Uri($"https://127.0.0.1:{server!.Port}"))
    {
        TlsAuthorities = [System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(authority.Pem)],
    };

    public static async Task<LyingOrderer> StartAsync(FabricNetwork network)
    {
        var liar = new LyingOrderer(network);
        liar.server = await StandInServer.StartAsync(0, liar.authority.Issue("liar.example.com", forTls: true), null, new Dictionary<string, Func<HttpContext, byte[], IAsyncEnumerable<IMessage>>>
        {
            ["/orderer.AtomicBroadcast/Broadcast"] = (context, body) => liar.PassOnAsync(context, body, BroadcastResponse.Parser),
            ["/orderer.AtomicBroadcast/Deliver"] = (context, body) => liar.PassOnAsync(context, body, DeliverResponse.Parser),
        });
        return liar;
    }

    public async ValueTask DisposeAsync()
    {
        await server!.DisposeAsync();
        own.Dispose();
    }

    /// <summary>The block with another configuration in it, under a header that fits.</summary>
    public static Block With(Block block, Action<Config> lie)
    {
        var envelope = Envelope.Parser.ParseFrom(block.Data.Data[0]);
        var payload = Payload.Parser.ParseFrom(envelope.Payload);
        if (block.Data.Data.Count != 1 || ChannelHeader.Parser.ParseFrom(payload.Header.ChannelHeader).Type != HeaderType.Config)
        {
            return block;
        }

        var configuration = ConfigEnvelope.Parser.ParseFrom(payload.Data);
        lie(configuration.Config);
        payload.Data = configuration.ToByteString();
        envelope.Payload = payload.ToByteString();
        var shown = block.Clone();
        shown.Data.Data[0] = envelope.ToByteString();
        shown.Header.DataHash = ByteString.CopyFrom(System.Security.Cryptography.SHA256.HashData(shown.Data.Data[0].Span));
        return shown;
    }

    private async IAsyncEnumerable<IMessage> PassOnAsync<T>(HttpContext context, byte[] body, MessageParser<T> parser)
        where T : IMessage<T>
    {
        using var receipt = new Receipt(null);
        var asksForOldest = typeof(T) == typeof(DeliverResponse) && AsksForOldest(body);
        await foreach (var answer in own.CallAsync(context.Request.Path, Envelope.Parser.ParseFrom(body), parser, new AnswerLimit(100 << 20, 10_000, 1L << 30), receipt, Deadline, context.RequestAborted))
        {
            yield return answer is DeliverResponse { TypeCase: DeliverResponse.TypeOneofCase.Block } delivered
                ? new DeliverResponse { Block = asksForOldest ? ReplaceOldest(delivered.Block) : With(delivered.Block, Lie) }
                : answer;
        }
    }

    private static bool AsksForOldest(byte[] body)
    {
        var start = SeekInfo.Parser.ParseFrom(Payload.Parser.ParseFrom(Envelope.Parser.ParseFrom(body).Payload).Data).Start;
        return start.TypeCase == SeekPosition.TypeOneofCase.Oldest || start is { TypeCase: SeekPosition.TypeOneofCase.Specified, Specified.Number: 0 };
    }
}
