using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Guildhall.Benchmarks;

/// <summary>One keep-alive connection that looks at an answer's status and finds its end, and otherwise only counts its bytes.</summary>
internal sealed class Connection : IDisposable
{
    private const int MaxHead = 8192;
    private const int MaxKept = 400;

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] head = new byte[MaxHead];
    private readonly StringBuilder kept = new();
    private ReadOnlyMemory<byte> unsent;
    private int headLength;
    private Part part;
    private long left;

    private enum Part
    {
        Head,
        Body,
        ChunkSize,
        Chunk,
        ChunkEnd,
        LastLine,
        Done,
    }

    public Socket Socket => socket;

    /// <summary>When the request was sent, on the stopwatch.</summary>
    public long SentAt { get; set; }

    public int Status { get; private set; }

    public bool IsSending => unsent.Length > 0;

    /// <summary>The beginning of an answer that is not 200, for the message.</summary>
    public string Kept => kept.ToString();

    public void Connect(int port)
    {
        socket.Connect(IPAddress.Loopback, port);
        socket.Blocking = false;
    }

    /// <summary>Begins the request; true when the socket took all of it.</summary>
    public bool Send(ReadOnlyMemory<byte> request)
    {
        (unsent, part, headLength, Status) = (request, Part.Head, 0, 0);
        kept.Clear();
        return SendRest();
    }

    /// <summary>True when the request is sent.</summary>
    public bool SendRest()
    {
        while (unsent.Length > 0)
        {
            var sent = socket.Send(unsent.Span, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return false;
            }

            Check(error);
            unsent = unsent[sent..];
        }

        return true;
    }

    /// <summary>Takes in what has come.</summary>
    /// <param name="bytes">How many bytes that were.</param>
    /// <returns>True when the answer is complete.</returns>
    public bool Receive(Span<byte> buffer, out long bytes)
    {
        bytes = 0;
        while (true)
        {
            var received = socket.Receive(buffer, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return false;
            }

            Check(error);
            if (received == 0)
            {
                throw new IOException("The server closed the connection in the middle of an answer.");
            }

            bytes += received;
            if (Take(buffer[..received]))
            {
                return true;
            }

            if (received < buffer.Length)
            {
                return false; // what comes later is told of
            }
        }
    }

    public void Dispose() => socket.Dispose();

    private bool Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0 && part != Part.Done)
        {
            bytes = part switch
            {
                Part.Head => TakeHead(bytes),
                Part.Body => TakeBody(bytes),
                Part.Chunk => TakeBody(bytes),
                _ => TakeLine(bytes),
            };
        }

        return part != Part.Done ? false : bytes.Length == 0 ? true : throw new IOException("The server sent more than the answer.");
    }

    private ReadOnlySpan<byte> TakeHead(ReadOnlySpan<byte> bytes)
    {
        var whole = bytes;
        if (headLength > 0)
        {
            bytes.CopyTo(head.AsSpan(headLength));
            whole = head.AsSpan(0, headLength + bytes.Length);
        }

        var end = whole.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            whole.CopyTo(head);
            headLength = whole.Length;
            return [];
        }

        ReadHead(whole[..(end + 2)]);
        return bytes[(end + 4 - headLength)..];
    }

    private void ReadHead(ReadOnlySpan<byte> lines)
    {
        _ = Utf8Parser.TryParse(lines["HTTP/1.1 ".Length..], out int status, out _);
        Status = status;
        if (After(lines, "\r\nContent-Length: "u8) is { Length: > 0 } length)
        {
            _ = Utf8Parser.TryParse(length, out left, out _);
            part = left == 0 ? Part.Done : Part.Body;
        }
        else if (lines.IndexOf("\r\nTransfer-Encoding: chunked\r\n"u8) >= 0)
        {
            (part, left) = (Part.ChunkSize, 0);
        }
        else
        {
            throw new IOException("The answer has neither a length nor chunks.");
        }
    }

    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> lines, ReadOnlySpan<byte> name) =>
        lines.IndexOf(name) is >= 0 and var at ? lines[(at + name.Length)..] : [];

    private ReadOnlySpan<byte> TakeBody(ReadOnlySpan<byte> bytes)
    {
        var taken = (int)Math.Min(left, bytes.Length);
        if (Status != 200 && kept.Length < MaxKept)
        {
            kept.Append(Encoding.UTF8.GetString(bytes[..taken]));
        }

        left -= taken;
        if (left == 0)
        {
            part = part == Part.Chunk ? Part.ChunkEnd : Part.Done;
        }

        return bytes[taken..];
    }

    /// <summary>The lines between chunks: a size in hexadecimal digits, or an empty one.</summary>
    private ReadOnlySpan<byte> TakeLine(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)'\n');
        foreach (var digit in end < 0 ? bytes : bytes[..end])
        {
            if (part == Part.ChunkSize && char.IsAsciiHexDigit((char)digit))
            {
                left = (left * 16) + Convert.ToInt32(((char)digit).ToString(), 16);
            }
        }

        if (end < 0)
        {
            return [];
        }

        part = part switch
        {
            Part.ChunkEnd => Part.ChunkSize,
            Part.ChunkSize => left > 0 ? Part.Chunk : Part.LastLine,
            _ => Part.Done,
        };
        return bytes[(end + 1)..];
    }

    private static void Check(SocketError error)
    {
        if (error != SocketError.Success)
        {
            throw new SocketException((int)error);
        }
    }
}
