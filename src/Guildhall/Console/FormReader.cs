using System.Text;
using Guildhall.Api;
using Guildhall.Memberships;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Fields = System.Collections.Generic.Dictionary<string, Microsoft.Extensions.Primitives.StringValues>;

namespace Guildhall.Console;

/// <summary>Reads a form's body: its fields, and its files where the form has some. All of it is as small as any request.</summary>
internal static class FormReader
{
    private const int MaxFields = 4096;
    private const int MaxFiles = 256;
    private const int MaxBoundaryLength = 70;

    /// <summary>The form, or why it cannot be read.</summary>
    public static async Task<Result<Form>> ReadAsync(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || !(type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) || IsMultipart(type)))
        {
            return Refusal.MediaTypeUnsupported.Because("a form is sent as application/x-www-form-urlencoded or multipart/form-data");
        }

        return (await RequestBody.ReadAsync(context)).IsRefused(out var refusal, out var body) ? refusal : await ParseAsync(type, body, context.RequestAborted);
    }

    internal static async Task<Result<Form>> ParseAsync(MediaTypeHeaderValue type, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        try
        {
            return IsMultipart(type)
                ? await ReadPartsAsync(HeaderUtilities.RemoveQuotes(type.Boundary).ToString(), body, cancellationToken)
                : await ReadFieldsAsync(body, cancellationToken);
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException)
        {
            return Refusal.BodyMalformed.Because("the form has too many fields or files, or is cut off");
        }
    }

    private static bool IsMultipart(MediaTypeHeaderValue type) =>
        type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) && HeaderUtilities.RemoveQuotes(type.Boundary).Length is > 0 and <= MaxBoundaryLength;

    private static async Task<Form> ReadFieldsAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var reader = new Microsoft.AspNetCore.WebUtilities.FormReader(Encoding.UTF8.GetString(body.Span)) { ValueCountLimit = MaxFields, ValueLengthLimit = RequestBody.MaxLength };
        return new Form(await reader.ReadFormAsync(cancellationToken), []);
    }

    private static async Task<Form> ReadPartsAsync(string boundary, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var (fields, files, values) = (new Fields(), new List<FormFile>(), 0);
        using var stream = new MemoryStream(body.ToArray(), writable: false);
        var reader = new MultipartReader(boundary, stream) { BodyLengthLimit = RequestBody.MaxLength };
        while (await reader.ReadNextSectionAsync(cancellationToken) is { } part)
        {
            if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition) || HeaderUtilities.RemoveQuotes(disposition.Name).ToString() is not { Length: > 0 } name)
            {
                continue;
            }

            using var content = new MemoryStream();
            await part.Body.CopyToAsync(content, cancellationToken);
            if (disposition.FileName.HasValue)
            {
                Add(files, new FormFile(name, HeaderUtilities.RemoveQuotes(disposition.FileName).ToString(), content.ToArray()));
            }
            else
            {
                fields[name] = StringValues.Concat(fields.GetValueOrDefault(name), Encoding.UTF8.GetString(content.ToArray()));
            }

            if (++values > MaxFields || files.Count > MaxFiles)
            {
                throw new InvalidDataException();
            }
        }

        return new Form(fields, files);
    }

    /// <summary>A field for which no file was chosen is sent as one without a name.</summary>
    private static void Add(List<FormFile> files, FormFile file)
    {
        if (file.Path.Length > 0)
        {
            files.Add(file);
        }
    }
}
