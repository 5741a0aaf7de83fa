using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Guildhall.Tests.Transport;

/// <summary>Speaks HTTP/2 frame by frame, for what a well-behaved client does not send. It reads nothing that it does not ask for.</summary>
internal sealed class Http2Peer : IAsyncDisposable
{
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, GoAway = 7, WindowUpdate = 8;

    private const byte EndStream = 1, EndHeaders = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket socket;
    private readonly SslStream stream;
    private readonly string authority;
    private int lastStream = -1;

    private Http2Peer(Socket socket, SslStream stream, string authority) => (this.socket, this.stream, this.authority) = (socket, stream, authority);

    /// <param name="window">The bytes of each answer that the server may send before it is given more.</param>
    /// <param name="from">One of this machine's addresses, to be somebody else; null for the usual one.</param>
    public static async Task<Http2Peer> ConnectAsync(Uri server, int window, string? from = null)
    {
        var own = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (from is not null)
        {
            own.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        }

        await own.ConnectAsync(server.Host, server.Port);
        var secured = new SslStream(new NetworkStream(own, ownsSocket: true));
        await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = server.Host,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=guildhall",
        });
        var peer = new Http2Peer(own, secured, server.Authority);
        var setting = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(setting, 4); // SETTINGS_INITIAL_WINDOW_SIZE
        BinaryPrimitives.WriteInt32BigEndian(setting.AsSpan(2), window);
        await secured.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await peer.SendAsync(Settings, 0, 0, setting);
        return peer;
    }

    /// <summary>Asks for a path; answers with the stream's number.</summary>
    public Task<int> GetAsync(string path, params (string Name, string Value)[] headers) => OpenAsync("GET", path, ends: true, headers);

    /// <summary>Begins a request whose body is still to come.</summary>
    public Task<int> PostAsync(string path, params (string Name, string Value)[] headers) => OpenAsync("POST", path, ends: false, headers);

    public Task SendDataAsync(int id, byte[] data, bool ends = false) => SendAsync(Data, ends ? EndStream : (byte)0, id, data);

    /// <summary>Lets the server send so many bytes more of an answer.</summary>
    public async Task GiveAsync(int id, int bytes)
    {
        var more = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(more, bytes);
        await SendAsync(WindowUpdate, 0, id, more);
    }

    public async Task SendAsync(byte type, byte flags, int id, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), id);
        payload.CopyTo(frame, 9);
        await stream.WriteAsync(frame);
    }

    /// <summary>The next frame; null when the server has closed.</summary>
    public async Task<Frame?> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var head = new byte[9];
            await stream.ReadExactlyAsync(head, patience.Token);
            var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(head) >> 8];
            await stream.ReadExactlyAsync(payload, patience.Token);
            return new Frame(head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads on until a frame is as it is waited for.</summary>
    public async Task<Frame> WaitAsync(Func<Frame, bool> isIt)
    {
        while (await ReadAsync() is { } frame)
        {
            if (isIt(frame))
            {
                return frame;
            }
        }

        throw new IOException("The server has closed the connection.");
    }

    /// <summary>Reads the answer of the stream to its end, giving the server room as it goes; null when it is cut.</summary>
    public async Task<string?> ReadAnswerAsync(int id)
    {
        var answer = new StringBuilder();
        await GiveAsync(id, 1 << 20);
        while (await ReadAsync() is { } frame)
        {
            if (frame.Stream != id)
            {
                continue;
            }

            if (frame.Type == Reset)
            {
                return null;
            }

            if (frame.Type == Data)
            {
                answer.Append(Encoding.UTF8.GetString(frame.Payload));
            }

            if (frame.Type is Data or Headers && (frame.Flags & EndStream) != 0)
            {
                return answer.ToString();
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        socket.Close(0);
        await stream.DisposeAsync();
    }

    private async Task<int> OpenAsync(string method, string path, bool ends, (string Name, string Value)[] headers)
    {
        var id = lastStream += 2;
        var block = new List<byte>();
        foreach (var (name, value) in (IEnumerable<(string, string)>)[(":method", method), (":scheme", "https"), (":path", path), (":authority", authority), .. headers])
        {
            block.Add(0); // a literal that is not indexed
            AddText(block, name);
            AddText(block, value);
        }

        const int most = 16 * 1024;
        var rest = block.ToArray().AsMemory();
        for (var type = Headers; ; type = 9) // CONTINUATION
        {
            var piece = rest[..Math.Min(most, rest.Length)];
            rest = rest[piece.Length..];
            var flags = (byte)((rest.Length == 0 ? EndHeaders : 0) | (ends && type == Headers ? EndStream : 0));
            await SendAsync(type, flags, id, piece.ToArray());
            if (rest.Length == 0)
            {
                return id;
            }
        }
    }

    /// <summary>A text as HPACK has it, without Huffman's code.</summary>
    private static void AddText(List<byte> block, string text)
    {
        const int prefix = 127;
        if (text.Length < prefix)
        {
            block.Add((byte)text.Length);
        }
        else
        {
            block.Add(prefix);
            var rest = text.Length - prefix;
            for (; rest >= 128; rest >>= 7)
            {
                block.Add((byte)((rest & 127) | 128));
            }

            block.Add((byte)rest);
        }

        block.AddRange(Encoding.ASCII.GetBytes(text));
    }

    internal sealed record Frame(byte Type, byte Flags, int Stream, byte[] Payload);
}
